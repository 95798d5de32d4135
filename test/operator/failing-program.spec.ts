import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import {
  CommandError,
  EngineEvent,
  LocalWorkspace,
  PreviewOptions,
  Stack,
} from "@pulumi/pulumi/automation";
import { findEngine } from "../../engine";
import { endingWithItsProgram } from "../../operator/failing-program";

const FAILURE = said("Unhandled exception: Error: no key\n    at somewhere");

function said(message: string, severity = "error"): EngineEvent {
  return { diagnosticEvent: { message, severity } } as EngineEvent;
}

function step(event: "resourcePreEvent" | "resOutputsEvent" | "resOpFailedEvent", provider = "p") {
  return {
    [event]: { metadata: { op: "create", urn: "urn", provider } },
  } as unknown as EngineEvent;
}

/** Whether a run was told to stop by what the engine told of it; `given` is what the caller asked for. */
async function isStopped(events: readonly EngineEvent[], given: PreviewOptions = {}) {
  let stopped = false;
  const stack = {
    preview: (options: PreviewOptions) => {
      for (const event of events) options.onEvent!(event);
      stopped = options.signal!.aborted;
      return Promise.resolve();
    },
    up: () => Promise.resolve(),
  } as unknown as Stack;
  await endingWithItsProgram(stack).preview(given);
  return stopped;
}

describe("a program that fails in one of its values", () => {
  it("ends the run", async () => {
    assert.equal(await isStopped([FAILURE]), true);
    assert.equal(await isStopped([said("<{%reset%}>Unhandled exception: Error: no key")]), true);
  });

  it("lets what is under way come to its end first", async () => {
    const begun = step("resourcePreEvent");
    assert.equal(await isStopped([begun, FAILURE]), false);
    assert.equal(await isStopped([begun, FAILURE, step("resOutputsEvent")]), true);
    assert.equal(await isStopped([begun, FAILURE, step("resOpFailedEvent")]), true);
    assert.equal(await isStopped([step("resourcePreEvent", ""), FAILURE]), true);
  });

  it("does not stop a run for anything else that is said", async () => {
    for (const event of [
      said("Unhandled exception: Error: no key", "debug"),
      said("Unhandled exception: Error: no key", "warning"),
      said("it was an Unhandled exception: Error"),
      step("resOpFailedEvent"),
    ])
      assert.equal(await isStopped([event]), false);
  });

  it("leaves the caller's own events and signal in place", async () => {
    const heard: EngineEvent[] = [];
    await isStopped([FAILURE], { onEvent: (event) => heard.push(event) });
    assert.deepEqual(heard, [FAILURE]);
    assert.equal(await isStopped([], { signal: AbortSignal.abort() }), true);
  });
});

describe("a program that fails in a value that others wait for, on the real engine", function () {
  this.timeout(60_000);
  let folder: string;
  before(async () => (folder = await mkdtemp(join(tmpdir(), "rekey-failing-"))));
  after(() => rm(folder, { recursive: true, force: true }));

  it("fails with what was wrong instead of waiting for ever", async () => {
    const { command } = await findEngine();
    const stack = await LocalWorkspace.createOrSelectStack(
      {
        stackName: "dev",
        projectName: "example-project",
        program: () => {
          const key = pulumi.output("no key").apply((): string => {
            throw new Error("this is no key");
          });
          const holder = new pulumi.ComponentResource("example:index:Holder", "holder", { key });
          new pulumi.ComponentResource("example:index:Reader", "reader", {}, { dependsOn: holder });
          return Promise.resolve();
        },
      },
      {
        workDir: folder,
        pulumiCommand: command,
        envVars: {
          PULUMI_BACKEND_URL: `file://${folder}`,
          PULUMI_CONFIG_PASSPHRASE: "example passphrase",
          PULUMI_HOME: folder,
          PULUMI_SKIP_UPDATE_CHECK: "true",
        },
      },
    );
    await assert.rejects(endingWithItsProgram(stack).preview(), (error) => {
      assert.ok(error instanceof CommandError);
      return error.message.includes("this is no key");
    });
  });
});
