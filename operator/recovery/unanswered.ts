import { MARK, SECRET, UNKNOWN } from "../engine-marks";
import type { Planned } from "../events";
import { unlabelled } from "./aws-labels";
import { failedUpdates } from "./failed-updates";
import { isLookedFor } from "./leftovers";
import type { RecoveryOptions } from "./options";
import { describe, nameOf, settleOne } from "./settling";
import { type Found, adopt, readState, touchStack } from "./state";

/** What {@link settleUnanswered} works with. */
export interface UnansweredOptions extends Omit<RecoveryOptions, "project"> {
  /** Says what the next update is about to do; asked for only where the last one failed. */
  readonly preview: () => Promise<readonly Planned[]>;
}

/**
 * Settles what updates that failed may have done although no answer came: the cloud did it, and neither the state nor an operation in it
 * tells of it. Looks for what the next update is about to make and is there already, and for labels that it is about to take off and are off.
 * What is there is ours only if it was made while one of those updates ran, in Kubernetes by Pulumi's provider; anything else is left for the
 * provider to refuse. Does nothing where the last update went through, and fails while another one holds the stack.
 */
export async function settleUnanswered(options: UnansweredOptions): Promise<void> {
  const { stack, note } = options;
  const failed = await failedUpdates(stack);
  if (failed.length === 0) return;
  const steps = await options.preview();
  const wanted = steps.flatMap(({ operation, type, wanted: state }) =>
    operation === "create" && isLookedFor(type) && state ? [state] : [],
  );
  const state = await readState(stack);
  const urns = new Set(steps.map(({ urn }) => urn));
  const touched = state.resources.filter(({ urn }) => urns.has(urn));
  // What another update is about to make just now is none of this.
  if (wanted.length > 0) await touchStack(stack, state);
  const cloud = await options.cloud();
  try {
    const found: Found[] = [];
    for (const resource of wanted) {
      const creation = { ...resource, outputs: {}, initErrors: [] };
      const settled = await settleOne({ resource: creation, state, cloud, failed });
      if (settled.kind === "nothing" || settled.kind === "known") continue;
      const what = `${nameOf(resource)} was made by an update that failed`;
      if (settled.kind === "cleared" || isWhole(resource.inputs)) note(what + describe(settled));
      else note(`${what}, and something refers to it: import ${settled.id}, or delete it`);
      if (settled.kind === "exists" && isWhole(resource.inputs))
        found.push({ ...resource, id: settled.id, custom: true });
    }
    const off = await unlabelled(touched, cloud);
    for (const resource of off)
      note(`${nameOf(resource)} lost its label by an update that failed: the state knows it now`);
    if (found.length > 0) await adopt(stack, found);
    const target = [...found, ...off].map(({ urn }) => urn);
    if (target.length > 0) await stack.refresh({ target });
  } finally {
    cloud.close();
  }
}

/** Whether an event tells inputs as they are, so that they can stand in a state. Of files it tells the digest, by which they are compared. */
function isWhole(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return value !== UNKNOWN;
  if (MARK in value && value[MARK] === SECRET) return false;
  return Object.values(value).every(isWhole);
}
