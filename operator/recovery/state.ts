import type { Deployment, Stack } from "@pulumi/pulumi/automation";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { z } from "zod";

/** A resource as the state knows it, as far as recovery looks at it. Outputs that are secret stay encrypted. */
export interface KnownResource {
  readonly urn: string;
  readonly type: string;
  readonly id?: string;
  /** Replaced already, and still to be deleted: another resource has its URN. */
  readonly delete?: boolean;
  /** The engine refuses to delete it: the mark of what is in use. */
  readonly protect?: boolean;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly outputs: Readonly<Record<string, unknown>>;
  /** What went wrong after it was made; the next update tries it again. */
  readonly initErrors: readonly string[];
}

/** An operation that a killed update began and nobody saw end. */
export interface PendingOperation {
  readonly type: string;
  readonly resource: KnownResource;
}

/** What a stack's state says. */
export interface KnownState {
  readonly resources: readonly KnownResource[];
  readonly pending: readonly PendingOperation[];
}

const resource = z.object({
  urn: z.string(),
  type: z.string(),
  id: z.string().optional(),
  delete: z.boolean().optional(),
  protect: z.boolean().optional(),
  inputs: z.record(z.string(), z.unknown()).default({}),
  outputs: z.record(z.string(), z.unknown()).default({}),
  initErrors: z.array(z.string()).default([]),
});
const deployment = z.object({
  resources: z.array(resource).nullish(),
  pending_operations: z.array(z.object({ type: z.string(), resource })).nullish(),
});

/** Marks a resource of which the state has only what it was to be: a refresh takes the mark away, or else its next update. */
export const UNREAD = "its creation was interrupted, and what exists was not read yet";

/** Reads the state. Secrets in it stay encrypted. */
export async function readState(stack: Stack): Promise<KnownState> {
  const exported = await exportEncrypted(stack);
  const { resources, pending_operations: pending } = deployment.parse(exported.deployment ?? {});
  return { resources: resources ?? [], pending: pending ?? [] };
}

/**
 * Strikes pending operations from the state, once what they may have left behind is cleared away: a creation is made again, an
 * update or a deletion is repeated, which the providers take calmly. What was found to exist becomes a resource with its id, as
 * {@link adopt} has it.
 */
export async function settlePending(
  stack: Stack,
  found: ReadonlyMap<string, string>,
): Promise<void> {
  await rewrite(stack, (pending) =>
    pending
      .filter(({ resource: { urn } }) => found.has(urn))
      .map(({ resource: known }) => ({ ...known, id: found.get(known.urn) ?? "" })),
  );
}

/** A resource that exists, as the state is to have it: its inputs are what the program declares. */
export interface Found {
  readonly urn: string;
  readonly id: string;
  readonly inputs?: unknown;
  readonly [field: string]: unknown;
}

/**
 * Writes what was found to exist into the state, last in order, since what it depends on was there before it, and marked {@link UNREAD}
 * until a refresh has read the rest. No URN is written twice: the engine would refuse the state for ever.
 */
export async function adopt(stack: Stack, found: readonly Found[]): Promise<void> {
  await rewrite(stack, () => found);
}

async function rewrite(
  stack: Stack,
  found: (
    pending: NonNullable<z.output<typeof editable>["pending_operations"]>,
  ) => readonly Found[],
): Promise<void> {
  const exported = await exportEncrypted(stack);
  const { pending_operations: pending, ...rest } = editable.parse(exported.deployment);
  const added = new Map(
    found(pending ?? []).map((one) => [
      one.urn,
      { ...one, outputs: one.inputs, initErrors: [UNREAD] },
    ]),
  );
  const deployment = { ...rest, resources: [...(rest.resources ?? []), ...added.values()] };
  await stack.importStack({ ...exported, deployment });
}

/**
 * The resource of the state that an interrupted creation made after all. The engine keeps the operation when a later update makes the
 * resource, so an update by hand in between leaves both.
 */
export function madeSince(wanted: KnownResource, state: KnownState): KnownResource | undefined {
  return state.resources.find(
    ({ urn, id, delete: replaced }) => urn === wanted.urn && id !== undefined && replaced !== true,
  );
}

/**
 * Takes the stack's lock for a moment: refused while another update holds the stack. A refresh of the stack's own resource, which has
 * nothing to read, keeps the interrupted creations; to write the state back would strike them.
 */
export async function touchStack(stack: Stack, { resources }: KnownState): Promise<void> {
  const root = resources.find(({ type }) => type === "pulumi:pulumi:Stack");
  if (root) await stack.refresh({ target: [root.urn] });
}

/** The SDK's own export asks for secrets in clear; nobody here needs them. */
async function exportEncrypted({ name, workspace }: Stack): Promise<Deployment> {
  const { stdout } = await execute(
    workspace.pulumiCommand.command,
    ["stack", "export", "--stack", name, "--non-interactive"],
    {
      cwd: workspace.workDir,
      env: { ...process.env, ...workspace.envVars },
      maxBuffer: MOST_BYTES,
    },
  );
  return JSON.parse(stdout) as Deployment;
}

const execute = promisify(execFile);
const MOST_BYTES = 1024 * 1024 * 1024;

const editable = z.looseObject({
  resources: z.array(z.unknown()).nullish(),
  pending_operations: z
    .array(z.looseObject({ resource: z.looseObject({ urn: z.string() }) }))
    .nullish(),
});
