import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import * as automation from "@pulumi/pulumi/automation";
import { findEngine } from "../../engine/index";
import { packPath, policyEnvironment } from "../../policies/run";

const CANARY = "canary-2d7e91";

/**
 * A stand-in for a resource of a provider: the engine shows a component's inputs and outputs to a pack just as a resource's, and no
 * provider has to run.
 */
class StandIn extends pulumi.ComponentResource {
  constructor(type: string, name: string, inputs: pulumi.Inputs, outputs: pulumi.Inputs = {}) {
    super(type, name, inputs);
    this.registerOutputs({ ...inputs, ...outputs });
  }
}

class Password extends StandIn {
  readonly result: pulumi.Output<string>;

  constructor(name: string) {
    const generated = pulumi.secret(`${CANARY}-generated`);
    super(
      "random:index/randomPassword:RandomPassword",
      name,
      { length: 24 },
      { result: generated },
    );
    // Depends on this resource, as the output of a real one does.
    this.result = pulumi.all([this.urn, generated]).apply(([, value]) => value);
  }
}

function version(name: string, secretData: pulumi.Input<string>): void {
  const inputs = { deletionPolicy: "DISABLE", secretData: pulumi.secret(secretData) };
  new StandIn("gcp:secretmanager/secretVersion:SecretVersion", name, inputs);
}

function service(...envs: object[]): void {
  const inputs = { template: { containers: [{ image: "api", envs }] } };
  new StandIn("gcp:cloudrunv2/service:Service", "api", inputs);
}

const reference = {
  name: "POSTGRES_PASSWORD",
  valueSource: { secretKeyRef: { secret: "postgres-password", version: "3" } },
};

function good(): void {
  service(
    { name: "PORT", value: "8080" },
    { name: "POSTGRES_USER", value: "capanel_a" },
    reference,
  );
  version("generated", new Password("password").result);
  version("configured", new pulumi.Config().requireSecret("external"));
}

function plainPassword(): void {
  service({ name: "POSTGRES_PASSWORD", value: CANARY });
}

function markedLiteral(): void {
  version("literal", pulumi.secret(CANARY));
}

describe("the policy pack on the real engine", function () {
  this.timeout(120_000);
  let folder: string;
  let stack: automation.Stack;

  before(async function () {
    // Where no engine is kept yet, it is downloaded or built once.
    this.timeout(900_000);
    const { command } = await findEngine();
    folder = mkdtempSync(join(tmpdir(), "rekey-policies-"));
    const envVars = {
      ...(policyEnvironment(process.env) as Record<string, string>),
      PULUMI_BACKEND_URL: `file://${folder}`,
      PULUMI_CONFIG_PASSPHRASE: "rehearsal",
      PULUMI_HOME: folder,
      PULUMI_SKIP_UPDATE_CHECK: "true",
    };
    stack = await automation.LocalWorkspace.createOrSelectStack(
      { stackName: "dev", projectName: "example-project", program: () => Promise.resolve() },
      { workDir: folder, envVars, pulumiCommand: command },
    );
    await stack.setConfig("external", { value: `${CANARY}-configured`, secret: true });
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** What a run said, and the exit code that it named when it failed. */
  interface Run {
    readonly output: string;
    readonly exitCode: number;
  }

  async function run(
    verb: "preview" | "up",
    declare: () => void,
    config?: object,
    pack: string = packPath,
  ): Promise<Run> {
    const options = { policyPacks: [pack], policyPackConfigs: [] as string[] };
    if (config) {
      const file = join(folder, "policies.json");
      writeFileSync(file, JSON.stringify(config));
      options.policyPackConfigs.push(file);
    }
    let output = "";
    const onOutput = (text: string) => {
      output += text;
    };
    const program = () => Promise.resolve(declare());
    try {
      await stack[verb]({ ...options, program, onOutput, onError: onOutput });
      return { output, exitCode: 0 };
    } catch (error) {
      if (!(error instanceof automation.CommandError)) throw error;
      output += error.message;
      return { output, exitCode: Number(/exit code (\d+)/.exec(error.message)?.[1]) };
    }
  }

  it("lets a program pass whose secrets are declared", async () => {
    const { output, exitCode } = await run("up", good);
    assert.equal(exitCode, 0, output);
    assert.match(output, /rekey@v/);
    assert.doesNotMatch(output, /canary/);
  });

  for (const config of [undefined, { all: "mandatory" }]) {
    const configured = config ? "with every policy set to mandatory" : "without configuration";

    it(`stops a plain password in the preview, ${configured}`, async () => {
      const { output, exitCode } = await run("preview", plainPassword, config);
      assert.equal(exitCode, 1, output);
      assert.match(output, /\[mandatory\].*no-plaintext-credential-in-cloud-run-env/);
      assert.match(
        output,
        /'api' at template\.containers\[0\]\.envs\[0\]\.value: POSTGRES_PASSWORD/,
      );
      assert.doesNotMatch(output, /canary/);
    });

    it(`stops a literal that is only marked secret, ${configured}`, async () => {
      const { output, exitCode } = await run("preview", markedLiteral, config);
      assert.equal(exitCode, 1, output);
      assert.match(output, /'literal' at secretData: the stored value is a literal of the program/);
      assert.doesNotMatch(output, /canary/);
    });
  }

  it("takes the settings of a rule from its configuration", async () => {
    const id = "no-plaintext-credential-in-cloud-run-env";
    const config = { [id]: { allowedNames: ["POSTGRES_PASSWORD"] } };
    assert.equal((await run("preview", plainPassword, config)).exitCode, 0);
  });

  it("refuses a configuration that does not fit, and names the setting", async () => {
    const id = "no-service-account-key-without-reason-and-expiry";
    const { output, exitCode } = await run("preview", good, { [id]: { maxDays: 0 } });
    assert.notEqual(exitCode, 0);
    assert.match(output, /maxDays/);
  });

  /** A pack of somebody's own that serves our rules by the SDK, after something was done to that. */
  function ownPack(name: string, change: string, after = ""): string {
    const pack = join(folder, name);
    mkdirSync(pack);
    symlinkSync(join(packPath, "..", "node_modules"), join(pack, "node_modules"));
    writeFileSync(
      join(pack, "package.json"),
      JSON.stringify({ name, version: "1.0.0", main: "pack.cjs" }),
    );
    writeFileSync(join(pack, "PulumiPolicy.yaml"), "runtime: nodejs\nmain: pack.cjs\n");
    const lines = [
      `const { prepare, policies } = require(${JSON.stringify(join(packPath, "rules.cjs"))});`,
      `const { AnalyzerService } = require("@pulumi/pulumi/proto/analyzer_grpc_pb");`,
      `const { configureStack } = AnalyzerService;`,
      `const original = configureStack.requestDeserialize;`,
      change,
      `const { PolicyPack } = require("@pulumi/policy");`,
      `module.exports = async () => {`,
      `  await prepare();`,
      after,
      `  new PolicyPack("own", { policies: policies() });`,
      `};`,
    ];
    writeFileSync(join(pack, "pack.cjs"), lines.join("\n"));
    return pack;
  }

  it("stops a plain password as a part of a pack of one's own on the SDK, and lets a good program pass", async () => {
    const pack = ownPack("own", "");
    const stopped = await run("preview", plainPassword, undefined, pack);
    assert.equal(stopped.exitCode, 1, stopped.output);
    assert.match(
      stopped.output,
      /own@v1\.0\.0[^]*\[mandatory\].*no-plaintext-credential-in-cloud-run-env/,
    );
    assert.doesNotMatch(stopped.output, /canary/);
    const passed = await run("preview", good, undefined, pack);
    assert.equal(passed.exitCode, 0, passed.output);
  });

  const SDK = /@pulumi\/policy 1\.21\.0/;
  for (const { what, change = "", after = "", said } of [
    {
      what: "the secret marks do not arrive",
      change: `const deserialize = require("@pulumi/policy/deserialize");
        const { deserializeProperties } = deserialize;
        Object.defineProperty(deserialize, "deserializeProperties", { get: () => deserializeProperties, set: () => undefined });`,
      said: [/cannot see which properties are secret, so they let nothing pass/, SDK],
    },
    {
      what: "the configuration cannot be listened to",
      change: `Object.defineProperty(configureStack, "requestDeserialize", { get: () => original, set: () => undefined });`,
      said: [/The stack's configuration was lost on its way/, SDK],
    },
    {
      what: "the configuration was not sent before the first resource",
      after: `configureStack.requestDeserialize = original;`,
      said: [/were not sent the stack's configuration, so they let nothing pass/],
    },
  ])
    it(`lets nothing pass in a pack of one's own where ${what}`, async () => {
      const pack = ownPack(`broken-${what.replaceAll(" ", "-")}`, change, after);
      const { output, exitCode } = await run("preview", good, undefined, pack);
      assert.notEqual(exitCode, 0, output);
      for (const one of said) assert.match(output, one);
      assert.doesNotMatch(output, /canary/);
    });

  it("stops a plain password in an update before the resource is there", async () => {
    const { output, exitCode } = await run("up", plainPassword);
    assert.equal(exitCode, 1, output);
    assert.doesNotMatch(output, /canary|api (creat|updat)/);
  });
});
