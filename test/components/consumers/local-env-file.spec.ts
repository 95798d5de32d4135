import assert from "node:assert/strict";
import { ConfigurationError, LocalEnvFile } from "../../../components";
import { canary } from "../../support/mock-answers";
import { isEnvelope, managed, run } from "../../support/mocks";
import { NO_OPTIONS, RECORDS, optionsOf, withValues } from "../fixtures";

const target = {
  file: ".env",
  variable: "POSTGRES_PASSWORD",
  host: "127.0.0.1",
  port: 5432,
  database: "app",
  user: "app",
};

function envFile(environment: string, record: Parameters<typeof withValues>[0] = RECORDS.grace) {
  return run(
    () => new LocalEnvFile("local", { environment, ...target, generations: withValues(record) }),
  );
}

describe("components/consumers/local-env-file", () => {
  it("hands the active value to the operator's command on standard input, secret, and silences its output", async () => {
    const [only, ...others] = managed((await envFile("dev")).resources);
    assert.deepEqual(others, []);
    assert.equal(only?.name, "local-apply");
    assert.equal(only.type, "command:local:Command");
    assert.deepEqual(optionsOf(only), NO_OPTIONS);
    const { stdin, ...inputs } = only.inputs;
    const command = 'node "${REKEY_HOME:-.}/bin/rekey.cjs" local-env apply';
    assert.deepStrictEqual(inputs, {
      create: command,
      update: command,
      environment: { REKEY_GENERATION: "2" },
      logging: "none",
    });
    assert.ok(isEnvelope(stdin));
    assert.deepStrictEqual(JSON.parse(stdin.value as string), {
      ...target,
      value: canary("value", 2),
    });
  });

  it("does nothing when a generation is staged: the machine goes on with the active one", async () => {
    const [before] = managed((await envFile("dev", RECORDS.rest)).resources);
    const [after] = managed((await envFile("dev", RECORDS.staged)).resources);
    assert.deepStrictEqual(after, before);
  });

  for (const environment of ["staging", "prod", "", "Dev"])
    it(`is refused in the environment ${JSON.stringify(environment)} before anything is declared`, async () => {
      await assert.rejects(envFile(environment), (error) => {
        assert.ok(error instanceof ConfigurationError);
        assert.equal(error.path, "rekey:environment (local)");
        assert.match(error.allowed, /`dev` only/);
        assert.match(error.fix, /remove the system's `local` setting/);
        assert.doesNotMatch(error.message, /canary/);
        return true;
      });
    });
});
