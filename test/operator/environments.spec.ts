import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { findEngine } from "../../engine";
import { type StackSettings, sharedBetween, valuesOf } from "../../operator/environments";
import { inventory } from "../../stacks/inventory";
import { type Workbench, workbench } from "./workbench";

/** The settings of a mgmt-vibe stack, as the engine hands them out. */
function settings(
  environment: string,
  external: Record<string, unknown>,
  credentials: Record<string, string> = {},
): StackSettings {
  const map = (value: object) => ({ value: JSON.stringify(value), secret: true });
  return {
    stack: environment,
    environment,
    config: { "rekey:external": map(external), "rekey:credentials": map(credentials) },
    secrets: inventory(["mgmt-vibe"]),
  };
}
const slot = (value: string) => ({ a: { generation: 1, value } });
const pair = (publishable: string, secret: string) => slot(JSON.stringify({ publishable, secret }));
const shared = (...all: StackSettings[]) =>
  sharedBetween(all.flatMap(valuesOf)).map(({ places }) =>
    places.map(({ stack, setting }) => `${stack} ${setting}`),
  );

describe("operator/environments", () => {
  it("finds a value that was taken in for two environments, in whatever slot", () => {
    const staging = settings("staging", { OPENAI_API_KEY: { b: { generation: 2, value: "one" } } });
    const prod = settings("prod", { OPENAI_API_KEY: slot("one"), ENCRYPTION_KEY: slot("two") });
    assert.deepEqual(shared(staging, prod), [
      ["staging rekey:external.OPENAI_API_KEY.b", "prod rekey:external.OPENAI_API_KEY.a"],
    ]);
  });

  it("finds it under another name, and a credential that programs use", () => {
    const staging = settings("staging", {}, { "staging-ssh-key": "one" });
    const prod = settings("prod", { OPENAI_API_KEY: slot("one") }, { "prod-ssh-key": "two" });
    assert.deepEqual(shared(staging, prod), [
      ["staging rekey:credentials.staging-ssh-key", "prod rekey:external.OPENAI_API_KEY.a"],
    ]);
  });

  it("compares the secret part of a pair, and leaves its public part and a store's version alone", () => {
    const staging = settings("staging", {
      STRIPE_KEYS: pair("pk", "sk_1"),
      OPENAI_API_KEY: { a: { generation: 1, version: "3" } },
    });
    const prod = settings("prod", {
      STRIPE_KEYS: pair("pk", "sk_2"),
      OPENAI_API_KEY: { a: { generation: 1, version: "3" } },
    });
    assert.deepEqual(shared(staging, prod), []);
    const careless = settings("prod", { STRIPE_KEYS: pair("pk_other", "sk_1") });
    assert.deepEqual(shared(staging, careless), [
      [
        "staging rekey:external.STRIPE_KEYS.a (secret)",
        "prod rekey:external.STRIPE_KEYS.a (secret)",
      ],
    ]);
  });

  it("lets two stacks of one environment share a value", () => {
    const prod = settings("prod", { OPENAI_API_KEY: slot("one") });
    assert.deepEqual(shared(prod, { ...prod, stack: "prod-eu" }), []);
  });

  describe("rekey environments, on the real engine", () => {
    let bench: Workbench;
    let env: Record<string, string>;
    const stacks = ["prod", "staging"];

    before(async function () {
      this.timeout(900_000);
      const engine = await findEngine();
      const files = stacks.map((stack) => [
        stack,
        `config:\n  rekey:environment: ${stack}\n  rekey:systems: [mgmt-vibe]\n`,
      ]);
      bench = workbench(Object.fromEntries(files) as Record<string, string>);
      mkdirSync(join(bench.folder, "state"));
      env = {
        PULUMI_BACKEND_URL: `file://${join(bench.folder, "state")}`,
        PULUMI_CONFIG_PASSPHRASE: "a passphrase of this test",
        PATH: `${dirname(engine.path)}:${process.env.PATH}`,
      };
      for (const stack of stacks)
        execFileSync(engine.path, ["stack", "init", stack], {
          cwd: bench.folder,
          env: { ...process.env, ...env },
          stdio: "pipe",
        });
    });
    after(() => bench.remove());

    const takeIn = async (stack: string, input: string) => {
      const args = ["intake", "OPENAI_API_KEY", "-s", stack, "--value-stdin", "--no-validate"];
      const { code, stderr } = await bench.rekey(args, { env, input });
      assert.equal(code, 0, stderr);
    };

    it("says where one value stands in two environments, prints none, and exits with 1", async () => {
      await takeIn("prod", "canary-of-a-key");
      await takeIn("staging", "canary-of-a-key");
      const { code, stdout, stderr } = await bench.rekey(["environments", "--json"], { env });
      assert.equal(code, 1, stderr);
      assert.deepEqual(JSON.parse(stdout), {
        stacks: stacks.map((stack) => ({ stack, environment: stack, values: 1 })),
        shared: [
          stacks.map((stack) => ({
            ...{ stack, environment: stack, setting: "rekey:external.OPENAI_API_KEY.a" },
          })),
        ],
      });
      assert.doesNotMatch(stdout + stderr, /canary/);
    }).timeout(60_000);

    it("refuses one stack alone, which has nothing to be compared with", async () => {
      const { code, stderr } = await bench.rekey(["environments", "prod"], { env });
      assert.equal(code, 2);
      assert.match(stderr, /nothing to compare/);
    }).timeout(60_000);
  });
});
