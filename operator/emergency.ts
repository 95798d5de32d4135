import type { SecretDeclaration } from "../components/inventory";
import { AT_REST, RotationRecord, liveGenerations, slotNames } from "../components/rotation";
import type { Move } from "../components/rotation";

/** What the record of a secret says once it was replaced in an emergency. */
export const SKIPPED = "grace and drain: emergency";
/** What it says of an older generation that went early to make room for the replacement. */
export const ROOM = "the rest of an older grace: emergency";

/** What a secret still needs. The move of each phase is followed by an update, so that nothing goes before its successor is in use. */
export interface EmergencyStep {
  readonly move: Extract<Move, "retire" | "withdraw" | "rotate">;
  readonly secrets: readonly SecretDeclaration[];
  /** What its records say was left out. */
  readonly skipped: string;
}

/**
 * The next thing to do in an emergency, or nothing when all is done: makes room where every slot is taken, then replaces what is in
 * use, then retires everything older. What is in use is never touched before its successor serves. Reads where it stands from the
 * records alone, so that the command goes on where it was killed.
 *
 * @param replaced secrets that this run has replaced, or found replaced by one that was broken off.
 */
export function nextStep(
  secrets: readonly SecretDeclaration[],
  records: ReadonlyMap<string, RotationRecord>,
  replaced: ReadonlySet<string>,
): EmergencyStep | undefined {
  const of = (secret: SecretDeclaration) => records.get(secret.name) ?? AT_REST;
  const old = secrets.filter((secret) => !isReplaced(of(secret)) && !replaced.has(secret.name));
  const full = old.filter((secret) => isFull(secret, of(secret)));
  const crowded = (state: "grace" | "staged") =>
    full.filter((secret) => liveGenerations(of(secret)).some((live) => live.state === state));
  const done = secrets.filter((secret) => !old.includes(secret));
  const inGrace = done.filter((secret) =>
    liveGenerations(of(secret)).some(({ state }) => state === "grace"),
  );
  const steps: EmergencyStep[] = [
    { move: "retire", secrets: crowded("grace"), skipped: ROOM },
    { move: "withdraw", secrets: crowded("staged"), skipped: ROOM },
    { move: "rotate", secrets: old, skipped: SKIPPED },
    { move: "retire", secrets: inGrace, skipped: SKIPPED },
  ];
  return steps.find((step) => step.secrets.length > 0);
}

/** Those of the secrets that still get a new value in this emergency. */
export function toReplace(
  secrets: readonly SecretDeclaration[],
  records: ReadonlyMap<string, RotationRecord>,
): SecretDeclaration[] {
  return secrets.filter((secret) => !isReplaced(records.get(secret.name) ?? AT_REST));
}

/** An emergency that was broken off has replaced it: its successor is in use, and what was exposed is still in grace. */
function isReplaced(record: RotationRecord): boolean {
  const grace = liveGenerations(record).some(({ state }) => state === "grace");
  return record.skipped === SKIPPED && grace;
}

function isFull(secret: SecretDeclaration, record: RotationRecord): boolean {
  return slotNames(secret.slots).every((slot) => record.slots[slot] !== undefined);
}
