import { awsCreations } from "./aws";
import { VERSION, googleCreations } from "./google";
import { kubernetesCreations } from "./kubernetes";
import { Interrupted, KNOWN, NOTHING, Settle, Settled } from "./settled";
import { madeSince } from "./state";

export { versionOf } from "./google";

/**
 * Not among them is what is made again without harm: what Vault keeps is written over, PostgreSQL's roles are looked after by a hook before
 * their creation, and values of no cloud are made anew.
 */
const CREATIONS: Readonly<Record<string, Settle>> = {
  ...googleCreations,
  ...kubernetesCreations,
  ...awsCreations,
};

/** Whether a creation of this type is looked for at all. */
export function isLookedFor(type: string): boolean {
  return type in CREATIONS;
}

/** Looks in the cloud for what an interrupted creation left, and settles it without touching anything that is in use. */
export async function settle(interrupted: Interrupted): Promise<Settled> {
  const { resource, state } = interrupted;
  // Whatever was made since: the interrupted call may have left another version beside it.
  if (resource.type !== VERSION && madeSince(resource, state)) return KNOWN;
  return (await CREATIONS[resource.type]?.(interrupted)) ?? NOTHING;
}
