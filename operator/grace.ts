import type { SecretDeclaration } from "../components/inventory";
import { RotationRecord, liveGenerations } from "../components/rotation";
import { utcSeconds } from "./said";

const HOUR_MS = 60 * 60 * 1000;

/** Consumers that end a grace by themselves at the record's `graceEnds`: the old user's log-ins stop at its `validUntil`. */
const ENDS_BY_ITSELF = /^postgres-role:/;

/** True if the target itself refuses the old value from `graceEnds` on, whether or not an update ran since. */
export function endsByItself({ consumers }: Pick<SecretDeclaration, "consumers">): boolean {
  return consumers.some((consumer) => ENDS_BY_ITSELF.test(consumer));
}

/**
 * The `graceEnds` that a move made at a time writes unless it is told another one: the declared hours later. Nothing where the target
 * ends the grace by itself: a change may wait for its review longer than that, and its update would then shut the old user out before
 * the consumers have the new one. There, only who knows when the update runs gives a time.
 */
export function defaultGraceEnds(secret: SecretDeclaration, at: string): string | undefined {
  return endsByItself(secret) ? undefined : hoursAfter(secret, at);
}

/** When what is in grace is due to be retired: by the record, or else the declared hours after the activation. */
export function graceEndOf(secret: SecretDeclaration, record: RotationRecord): string | undefined {
  if (!liveGenerations(record).some(({ state }) => state === "grace")) return undefined;
  return record.graceEnds ?? (record.at === undefined ? undefined : hoursAfter(secret, record.at));
}

function hoursAfter({ graceHours }: SecretDeclaration, at: string): string | undefined {
  if (graceHours === undefined) return undefined;
  return utcSeconds(new Date(Date.parse(at) + graceHours * HOUR_MS));
}
