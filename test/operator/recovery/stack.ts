/** A stack with a hand-made state, and clouds that only remember what they were told. */
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Deployment, Stack, UpdateSummary } from "@pulumi/pulumi/automation";
import type { Cloud } from "../../../operator/recovery/cloud";

/** A resource or an operation's resource of a hand-made state. */
export interface MadeResource {
  readonly type: string;
  readonly name: string;
  readonly id?: string;
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly [field: string]: unknown;
}

/** What a stack's state is to say. */
export interface MadeState {
  readonly resources: readonly MadeResource[];
  readonly creating?: readonly MadeResource[];
  readonly deleting?: readonly MadeResource[];
  /** The stack's updates, newest first; none unless set. */
  readonly history?: readonly Pick<UpdateSummary, "kind" | "result" | "startTime" | "endTime">[];
}

/** What a state holds after a recovery. */
export interface Left {
  readonly resources: readonly { urn: string; id?: string; delete?: boolean }[];
  readonly pending_operations?: readonly unknown[];
}

/** A stack whose state is the given one, as far as recovery touches it. Remove it in the end. */
export async function stackWith(state: MadeState, backend?: string) {
  const dir = await mkdtemp(join(tmpdir(), "rekey-recovery-"));
  const file = join(dir, "state.json");
  const command = join(dir, "pulumi");
  const write = (deployment: Deployment) => writeFile(file, JSON.stringify(deployment));
  await writeFile(command, `#!/bin/sh\ncat '${file}'\n`);
  await chmod(command, 0o700);
  const deployment = {
    resources: state.resources.map(recorded),
    pending_operations: [...pending("creating", state), ...pending("deleting", state)],
  };
  await write({ version: 3, deployment });
  let left: Left = deployment;
  const refreshed: string[] = [];
  const stack = {
    name: "test",
    workspace: {
      workDir: dir,
      pulumiCommand: { command },
      envVars: { PULUMI_BACKEND_URL: backend ?? `file://${dir}` },
    },
    importStack: async (next: Deployment) => {
      // As the engine does: an import strikes whatever was interrupted.
      left = { ...(next.deployment as Left), pending_operations: [] };
      await write({ ...next, deployment: left });
    },
    history: () => Promise.resolve(state.history ?? []),
    refresh: ({ target }: { target: string[] }) => {
      refreshed.push(...target);
      return Promise.resolve();
    },
  } as unknown as Stack;
  return {
    stack,
    /** The URNs that were read anew. */
    refreshed,
    left: () => left,
    remove: () => rm(dir, { recursive: true, force: true }),
  };
}

/** Clouds of which only some are to be asked: the others fail. */
export function cloudWith(given: Partial<Cloud>): Cloud {
  const none = () => {
    throw new Error("this cloud was not to be asked");
  };
  return {
    ...{ external: new Set<string>(), google: none, kubernetes: none },
    ...{ secretsManager: none, iam: none, lambda: none, vault: none, close: () => undefined },
    ...given,
  };
}

/** The URN of a hand-made resource. */
export function urnOf({ type, name }: Pick<MadeResource, "type" | "name">): string {
  return `urn:pulumi:test::rekey::${type}::${name}`;
}

function pending(type: "creating" | "deleting", state: MadeState) {
  return (state[type] ?? []).map((resource) => ({ type, resource: recorded(resource) }));
}

function recorded({ name, ...rest }: MadeResource) {
  return {
    ...rest,
    urn: urnOf({ type: rest.type, name }),
    custom: true,
    inputs: rest.inputs ?? {},
  };
}
