import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import * as automation from "@pulumi/pulumi/automation";
import { findEngine } from "../../../engine/index";
import { endingWithItsProgram } from "../../../operator/failing-program";
import { packPath, policyEnvironment } from "../../../policies/run";
import { made } from "./program";
import { FakeProvider, startFakeProvider } from "./fake-provider";

/** A violation as the engine tells it. */
export interface Told {
  readonly policy: string;
  readonly level: string;
  readonly urn: string;
  readonly message: string;
}

/** What a run of the engine came to. */
export interface Outcome {
  readonly failed: boolean;
  readonly told: readonly Told[];
  /** All that the engine said. */
  readonly said: string;
}

/** A stack on the real engine with a fake provider and the pack, for as long as a test runs. */
export interface Bench {
  run(verb: "preview" | "up", program: () => unknown, more?: RunOptions): Promise<Outcome>;
  /** Gives the stack these settings and no others. */
  configure(settings: Readonly<Record<string, automation.ConfigValue>>): Promise<void>;
  /** The URNs of what updates made so far, in that order. */
  readonly created: readonly string[];
  close(): void;
}

/** How one run differs from the usual one. */
export interface RunOptions {
  /** The configuration of the policies. */
  readonly policies?: object;
  /** True to have what issuers make known in previews, as if the resources were there. */
  readonly known?: boolean;
  /** False to run without the pack, a folder to run with the pack in it. */
  readonly pack?: boolean | string;
}

/** Another stack on the same engine, with a secret output; programs refer to it by `organization/example-project/shared`. */
async function makeShared(workspace: automation.LocalWorkspaceOptions): Promise<void> {
  const program = () =>
    Promise.resolve({ password: pulumi.secret(made("another stack's secret")) });
  const named = { stackName: "shared", projectName: "example-project", program };
  const stack = await automation.LocalWorkspace.createOrSelectStack(named, workspace);
  await stack.up();
}

/** Makes the stack. Another command for the engine may be made of the usual one, in the folder given. */
export async function openBench(
  command?: (usual: automation.PulumiCommand, folder: string) => Promise<automation.PulumiCommand>,
): Promise<Bench> {
  const { command: usual } = await findEngine();
  const folder = mkdtempSync(join(tmpdir(), "rekey-policies-"));
  const provider: FakeProvider = await startFakeProvider();
  const workspace = {
    workDir: folder,
    pulumiCommand: command ? await command(usual, folder) : usual,
    envVars: {
      ...(policyEnvironment(process.env) as Record<string, string>),
      ...provider.env,
      PULUMI_BACKEND_URL: `file://${folder}`,
      PULUMI_CONFIG_PASSPHRASE: "rehearsal",
      PULUMI_HOME: folder,
      PULUMI_SKIP_UPDATE_CHECK: "true",
    },
  };
  await makeShared(workspace);
  const stack = endingWithItsProgram(
    await automation.LocalWorkspace.createOrSelectStack(
      { stackName: "dev", projectName: "example-project", program: () => Promise.resolve() },
      workspace,
    ),
  );

  return {
    run: async (verb, program, { policies, pack = true, known = false } = {}) => {
      provider.known = known;
      const configs: string[] = [];
      if (policies !== undefined) {
        configs.push(join(folder, "policies.json"));
        writeFileSync(configs[0]!, JSON.stringify(policies));
      }
      const told: Told[] = [];
      let said = "";
      const onOutput = (text: string) => {
        said += text;
      };
      const options = {
        ...(pack !== false && {
          policyPacks: [pack === true ? packPath : pack],
          policyPackConfigs: configs,
        }),
        program: async () => (await program()) as Record<string, unknown>,
        onOutput,
        onError: onOutput,
        onEvent: (event: automation.EngineEvent) => {
          if (event.policyEvent) told.push(toldIn(event.policyEvent));
        },
      };
      try {
        await stack[verb](options);
        return { failed: false, told, said };
      } catch (error) {
        if (!(error instanceof automation.CommandError)) throw error;
        return { failed: true, told, said: `${said}${error.message}` };
      }
    },
    configure: async (settings) => {
      const others = Object.keys(await stack.getAllConfig()).filter((key) => !(key in settings));
      if (others.length > 0) await stack.removeAllConfig(others);
      await stack.setAllConfig({ ...settings });
    },
    created: provider.created,
    close: () => {
      provider.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function toldIn(event: automation.PolicyEvent): Told {
  return {
    policy: event.policyName,
    level: event.enforcementLevel,
    urn: event.resourceUrn ?? "",
    message: event.message,
  };
}
