import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CommandError, LocalWorkspace, PolicyEvent, Stack } from "@pulumi/pulumi/automation";
import { stringify } from "yaml";
import { findEngine } from "../../engine/index";
import { packPath } from "../../policies/run";
import { buildLanguageHost } from "./language-host";
import { FakeProvider, startFakeProvider } from "./programs/fake-provider";
import { CANARY, made } from "./programs/program";
import { SCHEMAS } from "./yaml/schemas";

/** Pulumi's language host for programs in YAML. */
const YAML_HOST = "github.com/pulumi/pulumi-yaml/cmd/pulumi-language-yaml";

/** A container's environment variable, as a program in YAML says it. */
type Variable = { name: string; value: unknown } | { name: string; valueSource: object };

/** A generated password in its store, and a service with these variables. */
function program(...envs: readonly Variable[]): object {
  return {
    name: "example-project",
    runtime: "yaml",
    config: { external: { type: "string", secret: true } },
    resources: {
      password: { type: "random:RandomPassword", properties: { length: 32 } },
      entry: {
        type: "gcp:secretmanager:Secret",
        properties: { secretId: "password", replication: { auto: {} } },
      },
      version: {
        type: "gcp:secretmanager:SecretVersion",
        properties: {
          secret: "${entry.id}",
          secretData: "${password.result}",
          deletionPolicy: "DISABLE",
        },
      },
      api: {
        type: "gcp:cloudrunv2:Service",
        properties: {
          location: "europe-west1",
          template: { containers: [{ image: "images.example.com/api:1.0.0", envs }] },
        },
      },
    },
  };
}

const reference = { secretKeyRef: { secret: "password", version: "1" } };

describe("the policy pack, installed by npm, on programs in YAML", function () {
  // The language host is built by Go, once a machine.
  this.timeout(900_000);
  let folder: string;
  let provider: FakeProvider;
  let stack: Stack;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "rekey-yaml-"));
    const bin = join(folder, "bin");
    mkdirSync(bin);
    await buildLanguageHost(join(__dirname, "yaml"), YAML_HOST, join(bin, "pulumi-language-yaml"));
    install();
    provider = await startFakeProvider(SCHEMAS);
    provider.known = true;
    write(program());
    const { command } = await findEngine();
    stack = await LocalWorkspace.createStack(
      { stackName: "dev", workDir: folder },
      {
        pulumiCommand: command,
        envVars: {
          ...provider.env,
          PATH: [bin, join(pack(), "bin"), process.env["PATH"]].join(":"),
          PULUMI_BACKEND_URL: `file://${folder}`,
          PULUMI_CONFIG_PASSPHRASE: "rehearsal",
          PULUMI_HOME: folder,
          PULUMI_SKIP_UPDATE_CHECK: "true",
        },
      },
    );
    await stack.setConfig("external", { value: made("an encrypted setting"), secret: true });
  });
  after(() => {
    provider?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** The pack as `npm install` leaves it, with the dependencies that it names. */
  const pack = () => join(folder, "node_modules/@rekey/policies");

  function install(): void {
    const npm = (args: string[], cwd: string) =>
      execFileSync("npm", args, { cwd, encoding: "utf8", stdio: "pipe" });
    // Of a copy: packing builds in the folder, and other tests look at the repository's.
    const source = join(folder, "source/policies");
    cpSync(packPath, source, { recursive: true });
    symlinkSync(join(packPath, "../node_modules"), join(folder, "source/node_modules"));
    const said = npm(["pack", "--json", "--pack-destination", folder], source);
    const [{ filename }] = JSON.parse(said.slice(said.indexOf("["))) as [{ filename: string }];
    writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true }));
    npm(["install", "--no-audit", "--no-fund", "--prefer-offline", `./${filename}`], folder);
  }

  function write(declared: object): void {
    writeFileSync(join(folder, "Pulumi.yaml"), stringify(declared));
  }

  /** The rules that speak of the program, and whether the engine goes on. No value may be in what was said. */
  async function judged(declared: object) {
    write(declared);
    const events: PolicyEvent[] = [];
    let said = "";
    const listen = (text: string) => {
      said += text;
    };
    const options = {
      policyPacks: [pack()],
      onOutput: listen,
      onError: listen,
      onEvent: ({ policyEvent }: { policyEvent?: PolicyEvent }) => {
        if (policyEvent) events.push(policyEvent);
      },
    };
    const passed = await stack.preview(options).then(
      () => true,
      (error: unknown) => {
        if (error instanceof CommandError) return false;
        throw error;
      },
    );
    assert.doesNotMatch(said + JSON.stringify(events), new RegExp(CANARY));
    return { passed, rules: events.map(({ policyName }) => policyName), said };
  }

  it("lets a service read its generated password from the store", async () => {
    const { passed, rules, said } = await judged(
      program(
        { name: "PORT", value: "8080" },
        { name: "DATABASE_PASSWORD", valueSource: reference },
      ),
    );
    assert.deepEqual([passed, rules], [true, []], said);
  });

  const wrong: Readonly<Record<string, unknown>> = {
    "a literal": made("a literal in YAML"),
    "a literal that is only marked secret": { "fn::secret": made("a marked literal in YAML") },
    "an encrypted setting": "${external}",
    "a generated password": "${password.result}",
  };
  for (const [what, value] of Object.entries(wrong))
    it(`blocks ${what} in the environment of a service`, async () => {
      const { passed, rules, said } = await judged(program({ name: "DATABASE_PASSWORD", value }));
      assert.equal(passed, false);
      assert.ok(rules.includes("no-plaintext-credential-in-cloud-run-env"), said);
    });
});
