import type { SecretDeclaration } from "../components/inventory";
import { AT_REST, RotationRecord, liveGenerations, slotNames } from "../components/rotation";
import type { Move } from "../components/rotation";
import { ROOM, SKIPPED } from "../components/skipped";

export { ROOM, SKIPPED };

/** What a secret still needs. The move of each phase is followed by an update, so that nothing goes before its successor is in use. */
export interface EmergencyStep {
  readonly move: Extract<Move, "retire" | "withdraw" | "rotate">;
  readonly secrets: readonly SecretDeclaration[];
  /** What its records say was left out. */
  readonly skipped: string;
}

/**
 * The next thing to do in an emergency, known by its reason, or nothing when all is done: makes room where every slot is taken, then replaces what is in
 * use, then retires everything older. What is in use is never touched before its successor serves. Reads where it stands from the
 * records alone, so that the command goes on where it was killed. Keyrings come last: their data must be encrypted anew first, and that
 * holds up nothing else. A backup's key is replaced and not retired: nothing else opens the backups of its time.
 */
export function nextStep(
  secrets: readonly SecretDeclaration[],
  records: ReadonlyMap<string, RotationRecord>,
  reason: string,
): EmergencyStep | undefined {
  const last = (secret: SecretDeclaration) => secret.class === "keyring";
  const first = secrets.filter((secret) => !last(secret));
  return stepOf(first, records, reason) ?? stepOf(secrets.filter(last), records, reason);
}

/** Those of the secrets that are still to be replaced, and so need a new value where somebody else issues it. */
export function toReplace(
  secrets: readonly SecretDeclaration[],
  records: ReadonlyMap<string, RotationRecord>,
  reason: string,
): SecretDeclaration[] {
  return secrets.filter((secret) => !isReplaced(records.get(secret.name) ?? AT_REST, reason));
}

function stepOf(
  secrets: readonly SecretDeclaration[],
  records: ReadonlyMap<string, RotationRecord>,
  reason: string,
): EmergencyStep | undefined {
  const of = (secret: SecretDeclaration) => records.get(secret.name) ?? AT_REST;
  const old = toReplace(secrets, records, reason);
  const full = old.filter((secret) => isFull(secret, of(secret)));
  const crowded = (state: "grace" | "staged") =>
    full.filter((secret) => liveGenerations(of(secret)).some((live) => live.state === state));
  const inGrace = secrets.filter(
    (secret) =>
      !old.includes(secret) &&
      secret.class !== "backup-key" &&
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

/** True for a secret that was replaced for this very reason; another emergency of the same secret has a reason of its own. */
function isReplaced(record: RotationRecord, reason: string): boolean {
  return record.skipped === SKIPPED && record.reason === reason;
}

function isFull(secret: SecretDeclaration, record: RotationRecord): boolean {
  return slotNames(secret.slots).every((slot) => record.slots[slot] !== undefined);
}
