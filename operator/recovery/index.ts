import { Stack } from "@pulumi/pulumi/automation";
import { RekeyError } from "../errors";
import { GoogleApiError } from "../google";
import type { Cloud } from "./cloud";
import { clearFailedRuns } from "./executions";
import { settle } from "./leftovers";
import { isStale, lockHolders } from "./lock";
import type { Interrupted, Settled } from "./settled";
import { KnownResource, UNREAD, readState, settlePending, touchStack } from "./state";

/** What recovery may look at. */
export interface RecoveryOptions {
  readonly stack: Stack;
  readonly project: string;
  /** What is needed to look into the cloud; asked for only where there is something to look for. */
  readonly cloud: () => Promise<Cloud>;
  /** Is told one line for each thing that was mended. */
  readonly note: (line: string) => void;
}

/** Another update of the stack is alive; nothing was changed. */
export class Locked extends Error {
  constructor(readonly holder: string) {
    super(`another update of this stack is running: ${holder}`);
    this.name = "Locked";
  }
}

/**
 * Clears up after an update that was killed, whose processes are gone by now: clears its lock (only of a dead process of this host), and
 * settles every operation that nobody saw end. Does nothing where the last update ended by itself.
 *
 * @throws Locked while the holder of the lock is alive or on another host.
 */
export async function recover(options: RecoveryOptions): Promise<void> {
  await clearLock(options);
  await settleOperations(options);
}

async function backendOf({ workspace }: Stack): Promise<string> {
  const backend = workspace.envVars["PULUMI_BACKEND_URL"] ?? process.env["PULUMI_BACKEND_URL"];
  return backend ?? (await workspace.whoAmI()).url ?? "";
}

async function clearLock({ stack, project, note }: RecoveryOptions) {
  const url = await backendOf(stack);
  const holders = await lockHolders(url, project, stack.name);
  const living = holders.find((holder) => !isStale(holder));
  if (living)
    throw new Locked(
      `process ${living.pid} of ${living.username} on ${living.hostname}, since ${living.timestamp}`,
    );
  if (holders.length === 0) return;
  await stack.cancel();
  note(`cleared the lock of process ${holders.map(({ pid }) => pid).join(", ")}, which is gone`);
}

async function settleOperations(options: RecoveryOptions) {
  const { stack, note } = options;
  const state = await readState(stack);
  const unfinished = state.resources.some(({ initErrors }) => initErrors.length > 0);
  if (state.pending.length === 0 && !unfinished) return;
  // Where the lock cannot be read: what a living update has begun is not ours to settle.
  if (state.pending.length > 0 && !(await backendOf(stack)).startsWith("file://"))
    await touchStack(stack, state);
  const cloud = await options.cloud();
  try {
    for (const run of await clearFailedRuns(state, cloud.google))
      note(`deleted the failed run ${run}, so that it can be made again`);
    const found = new Map<string, string>();
    for (const { type, resource } of state.pending) {
      const settled = type === "creating" ? await settleOne({ resource, state, cloud }) : undefined;
      if (settled?.kind === "exists") found.set(resource.urn, settled.id);
      note(`${type} ${nameOf(resource)} was interrupted${describe(settled)}`);
    }
    if (state.pending.length > 0) await settlePending(stack, found);
    // Those of an earlier recovery too, which may itself have been killed.
    const unread = state.resources.filter(({ initErrors }) => initErrors.includes(UNREAD));
    const target = new Set([...found.keys(), ...unread.map(({ urn }) => urn)]);
    if (target.size > 0) await stack.refresh({ target: [...target] });
  } finally {
    cloud.close();
  }
}

/** Whatever is no answer of the cloud stops the update before it: to go on could make a second one of what is there. */
async function settleOne(interrupted: Interrupted): Promise<Settled> {
  try {
    return await settle(interrupted);
  } catch (error) {
    if (error instanceof GoogleApiError || !(error instanceof Error)) throw error;
    throw new RekeyError({
      code: "recovery",
      message: `the creation of ${nameOf(interrupted.resource)} was interrupted, and what became of it is not to be learned: ${error.message}`,
      exitCode: 1,
      fix: "mend the cause, then run rekey up again: it converges",
      cause: error,
    });
  }
}

function describe(settled: Settled | undefined): string {
  if (settled?.kind === "known") return ": a later update made it";
  if (settled?.kind === "exists") return ": it exists and is in the state now";
  if (settled?.kind === "cleared") return `: ${settled.what}`;
  return "";
}

function nameOf({ urn }: KnownResource): string {
  return urn.split("::").at(-1) ?? urn;
}
