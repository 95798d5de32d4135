import { Stack } from "@pulumi/pulumi/automation";
import { unlabelled } from "./aws-labels";
import { clearFailedRuns } from "./executions";
import { halfRead } from "./half-read";
import { isStale, lockHolders } from "./lock";
import type { RecoveryOptions } from "./options";
import { describe, nameOf, settleOne } from "./settling";
import { UNREAD, readState, settlePending, touchStack } from "./state";

export { settleUnanswered } from "./unanswered";
export type { RecoveryOptions } from "./options";

/** Another update of the stack is alive; nothing was changed. */
export class Locked extends Error {
  constructor(readonly holder: string) {
    super(`another update of this stack is running: ${holder}`);
    this.name = "Locked";
  }
}

/**
 * Clears up after an update that was killed, whose processes are gone by now: clears its lock (only of a dead process of this host), and
 * settles every operation that nobody saw end. Reads anew what an update that failed left half recorded; what it may have done without a trace in
 * the state is {@link settleUnanswered}'s.
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
    const repeated = state.pending.filter(({ type }) => type !== "creating");
    const off = await unlabelled(
      repeated.map(({ resource }) => resource),
      cloud,
    );
    const half = halfRead(state.resources);
    for (const resource of half)
      note(`${nameOf(resource)} was not read to its end by an update that failed: reading it anew`);
    const known = [...unread, ...off, ...half].map(({ urn }) => urn);
    const target = new Set([...found.keys(), ...known]);
    if (target.size > 0) await stack.refresh({ target: [...target] });
  } finally {
    cloud.close();
  }
}
