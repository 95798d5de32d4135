import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { DeveloperEnvFile, type DeveloperEnvFileArgs } from "../../../components";
import { canary } from "../../support/mock-answers";
import { isEnvelope, managed, run } from "../../support/mocks";

function envFile(given: Partial<DeveloperEnvFileArgs> = {}) {
  return run(
    () =>
      new DeveloperEnvFile("local", {
        ...{ environment: "dev", setting: "rekey:project.envFile", file: ".env" },
        ...{ env: { PLAIN: "1" }, generations: { KEY: 2 } },
        secretEnv: { KEY: pulumi.secret(canary("value", 2)) },
        ...given,
      }),
  );
}

describe("components/consumers/developer-env-file", () => {
  it("hands every value to the operator's command on standard input, secret, and silences its output", async () => {
    const [only, ...others] = managed((await envFile()).resources);
    assert.deepEqual(others, []);
    assert.equal(only?.name, "local-write");
    const { stdin, ...inputs } = only.inputs;
    const command = 'node "${REKEY_HOME:-.}/bin/rekey.cjs" local-env write';
    assert.deepStrictEqual(inputs, {
      ...{ create: command, update: command, logging: "none" },
      environment: { REKEY_GENERATIONS: '{"KEY":2}' },
    });
    assert.ok(isEnvelope(stdin));
    assert.deepStrictEqual(JSON.parse(stdin.value as string), {
      file: ".env",
      variables: { PLAIN: "1", KEY: canary("value", 2) },
    });
  });

  for (const environment of ["staging", "prod", "", "Dev"])
    it(`is refused in the environment ${JSON.stringify(environment)}, with the setting to remove`, async () => {
      await assert.rejects(envFile({ environment }), {
        ...{ name: "ConfigurationError", path: "rekey:environment (local)" },
        fix: "remove rekey:project.envFile from this stack",
      });
    });

  it("refuses a variable that is no name, or that is both a setting and a secret", async () => {
    await assert.rejects(envFile({ env: { "NOT-ONE": "1" } }), { path: /NOT-ONE$/ });
    await assert.rejects(envFile({ env: { KEY: "1" } }), { path: /KEY$/ });
  });
});
