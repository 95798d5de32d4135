/** What the specs of the provider servers share: a throw-away project on the real engine, with file state in a folder of its own. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type EngineEvent,
  fullyQualifiedStackName,
  LocalWorkspace,
  type PulumiFn,
  type Stack,
} from "@pulumi/pulumi/automation";
import { findEngine } from "../../../engine";
import { observer, previewObserver } from "../../../operator/events";
import { endingWithItsProgram } from "../../../operator/failing-program";
import { recover, settleUnanswered } from "../../../operator/recovery";
import { openCloud } from "../../../operator/recovery/cloud";
import { providersUnderTest } from "../../support/upstream";

/** What a preview or an update said, resource by resource. */
export interface Told {
  /** `create sql.User app_a`-like lines would hide types: each is `<op> <type> <name>`. */
  steps: string[];
  /** Detailed differences, `<name> <path> <kind>`; `<name> <input>` where the provider tells no more. */
  differences: string[];
  /** Every diagnostic but debug ones. */
  messages: string[];
}

/** A stack whose program is set anew for each operation. */
export class TestProject {
  private constructor(
    readonly dir: string,
    private readonly stack: Stack,
    private readonly holder: { program: PulumiFn },
  ) {}

  /** `env`: variables of the engine and so of the provider servers, beside those of the process. */
  static async create(env: Readonly<Record<string, string>> = {}): Promise<TestProject> {
    const dir = await mkdtemp(join(tmpdir(), "rekey-providers-"));
    const { command } = await findEngine();
    const holder = { program: (() => Promise.resolve()) as PulumiFn };
    const stack = await LocalWorkspace.createOrSelectStack(
      {
        stackName: fullyQualifiedStackName("organization", "example", "test"),
        projectName: "example",
        program: () => holder.program(),
      },
      {
        workDir: dir,
        pulumiCommand: command,
        projectSettings: {
          name: "example",
          runtime: "nodejs",
          backend: { url: `file://${dir}` },
          // The engine reads it; the SDK's type lacks it.
          ...{ plugins: { providers: providersUnderTest() } },
        },
        envVars: {
          ...env,
          PULUMI_CONFIG_PASSPHRASE: "example passphrase",
          PULUMI_SKIP_UPDATE_CHECK: "true",
          PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
          PULUMI_HOME: join(dir, "home"),
        },
      },
    );
    return new TestProject(dir, endingWithItsProgram(stack), holder);
  }

  async configure(settings: Record<string, string>, secrets: Record<string, string> = {}) {
    const plain = Object.entries(settings).map(([key, value]) => [key, { value }] as const);
    const hidden = Object.entries(secrets).map(
      ([key, value]) => [key, { value, secret: true }] as const,
    );
    await this.stack.setAllConfig(Object.fromEntries([...plain, ...hidden]));
  }

  preview(program: PulumiFn): Promise<Told> {
    return this.#run(program, (onEvent) => this.stack.preview({ onEvent }));
  }

  up(program: PulumiFn): Promise<Told> {
    return this.#run(program, (onEvent) => this.stack.up({ onEvent }));
  }

  /** An update as `rekey up` makes it: settles what updates that failed may have done, then runs the engine. */
  async rekeyUp(program: PulumiFn): Promise<Told & { mended: string[] }> {
    const { stack } = this;
    this.holder.program = program;
    const mended: string[] = [];
    const recovery = {
      ...{ stack, project: "example", note: (line: string) => void mended.push(line) },
      cloud: async () => openCloud(await stack.getAllConfig(), new Set()),
    };
    await recover(recovery);
    await settleUnanswered({
      ...recovery,
      preview: async () => {
        const { onEvent, steps } = previewObserver(observer(() => undefined).observed);
        await stack.preview({ onEvent });
        return steps;
      },
    });
    return { ...(await this.up(program)), mended };
  }

  refresh(): Promise<Told> {
    return this.#run(this.holder.program, (onEvent) => this.stack.refresh({ onEvent }));
  }

  destroy(): Promise<Told> {
    return this.#run(this.holder.program, (onEvent) => this.stack.destroy({ onEvent }));
  }

  /** Clears the lock that a killed engine left. */
  cancel(): Promise<void> {
    return this.stack.cancel();
  }

  outputs() {
    return this.stack.outputs();
  }

  /** The state file as it lies on the disk. */
  state(): Promise<string> {
    return readFile(join(this.dir, ".pulumi", "stacks", "example", "test.json"), "utf8");
  }

  /** The recorded resource of that name. */
  async resource(name: string): Promise<Recorded> {
    const { checkpoint } = JSON.parse(await this.state()) as {
      checkpoint: { latest: { resources: Recorded[] } };
    };
    const found = checkpoint.latest.resources.find(({ urn }) => urn.endsWith(`::${name}`));
    if (!found) throw new Error(`the state has no ${name}`);
    return found;
  }

  async remove(): Promise<void> {
    await rm(this.dir, { recursive: true, force: true });
  }

  async #run(
    program: PulumiFn,
    work: (onEvent: (event: EngineEvent) => void) => Promise<unknown>,
  ): Promise<Told> {
    const told: Told = { steps: [], differences: [], messages: [] };
    this.holder.program = program;
    await work((event) => {
      const metadata = (event.resourcePreEvent ?? event.resOutputsEvent)?.metadata;
      // Debug messages hold property values in clear, secrets too: that is the SDK's doing, and nobody may keep them.
      const debug = (event.diagnosticEvent?.severity as string | undefined) === "debug";
      if (event.diagnosticEvent && !debug) {
        told.messages.push(event.diagnosticEvent.message.trim());
      }
      if (!metadata || metadata.type.startsWith("pulumi:") || metadata.op === "same") return;
      const name = metadata.urn.slice(metadata.urn.lastIndexOf("::") + 2);
      const step = `${metadata.op} ${metadata.type} ${name}`;
      if (!told.steps.includes(step)) told.steps.push(step);
      const { detailedDiff, diffs = [] } = metadata;
      const lines = detailedDiff
        ? Object.entries(detailedDiff).map(([path, { diffKind }]) => `${path} ${diffKind}`)
        : diffs;
      for (const line of lines.map((text) => `${name} ${text}`)) {
        if (!told.differences.includes(line)) told.differences.push(line);
      }
    });
    told.steps.sort();
    return told;
  }
}

/** A resource of the state. */
export interface Recorded {
  urn: string;
  id: string;
  inputs: Record<string, unknown>;
  outputs: Record<string, unknown>;
}
