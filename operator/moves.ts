import { SecretDeclaration } from "../components/inventory";
import { readRecord } from "../components/records";
import {
  AT_REST,
  Move,
  MoveNote,
  MoveRefused,
  RotationRecord,
  Slot,
  activate,
  retire,
  rollback,
  rotate,
  slotNames,
  stage,
  withdraw,
} from "../components/rotation";
import { RekeyError } from "./errors";
import { defaultGraceEnds } from "./grace";
import { issuerPageOf } from "./issuers";

/** What is said about a move: when, why, by whom and, for one that puts a generation in grace, when that ends; unless given, by the secret's declared hours. */
export interface Said extends MoveNote {
  readonly graceEnds?: string | undefined;
}

/** One secret's move, before it is written. */
export interface PlannedMove {
  readonly secret: SecretDeclaration;
  readonly move: Move;
  readonly from: RotationRecord;
  readonly to: RotationRecord;
  /** What the update that follows interrupts, in words; `none` where it interrupts nothing. */
  readonly interruption: string;
  /** How the same end is reached with less interruption, where it is. */
  readonly advice?: string;
}

type Apply = (record: RotationRecord, slots: readonly Slot[], note: MoveNote) => RotationRecord;

const APPLY: Record<Move, Apply> = {
  stage,
  rotate,
  activate: (record, _slots, note) => activate(record, note),
  retire: (record, _slots, note) => retire(record, note),
  withdraw: (record, _slots, note) => withdraw(record, note),
  rollback: (record, _slots, note) => rollback(record, note),
};

/** What moves and plans say of a secret that its system declares public. */
export const PUBLIC_VALUE = "public: anybody can read its value where it is used";

/** The moves after which a generation is in grace that was in use before. */
export const MOVES_INTO_GRACE: readonly Move[] = ["activate", "rotate"];

/**
 * Plans one move for each secret. All or nothing: one refusal refuses them all.
 *
 * @throws RekeyError (exit 2) that says which secrets refuse and what each needs first.
 */
export function planMoves(
  move: Move,
  secrets: readonly SecretDeclaration[],
  records: ReadonlyMap<string, RotationRecord>,
  said: Said,
  stack: string,
): PlannedMove[] {
  const refusals: { name: string; refusal: MoveRefused }[] = [];
  const planned = secrets.flatMap((secret) => {
    try {
      return [plan(move, secret, recordOf(secret, records), said, stack)];
    } catch (error) {
      if (!(error instanceof MoveRefused)) throw error;
      refusals.push({ name: secret.name, refusal: error });
      return [];
    }
  });
  if (refusals.length > 0) throw refusedTogether(move, refusals, stack);
  return planned;
}

/** Whether the record allows the move now. */
export function isPossible(
  move: Move,
  secret: SecretDeclaration,
  records: ReadonlyMap<string, RotationRecord>,
): boolean {
  try {
    APPLY[move](recordOf(secret, records), slotNames(secret.slots), {});
    return true;
  } catch (error) {
    if (error instanceof MoveRefused) return false;
    throw error;
  }
}

/** What a person does after the moves are written, one command each; last the old values that only their issuers can revoke. */
export function nextSteps(planned: readonly PlannedMove[], stack: string): string[] {
  const names = planned.map(({ secret }) => secret.name).join(" ");
  const move = planned[0]?.move;
  const update = [`rekey up -s ${stack}`];
  if (move === "stage") return [...update, `rekey activate ${names} -s ${stack}`];
  if (move === "activate" || move === "rotate")
    return [...update, `rekey retire ${names} -s ${stack}`, ...revocations(planned, RETIRED)];
  if (move === "retire") return [...update, ...revocations(planned, RETIRED)];
  if (move === "withdraw")
    return [...update, ...revocations(planned, "after that, revoke the withdrawn")];
  return update;
}

const RETIRED = "once it is retired everywhere, revoke the old";

/** One line for each secret whose old value only its issuer can end; `saying` stands before the secret's name. */
export function revocations(
  moves: readonly Pick<PlannedMove, "secret">[],
  saying: string,
): string[] {
  return moves
    .filter(({ secret }) => secret.source === "external")
    .map(({ secret }) => {
      const page = issuerPageOf(secret) ?? "at its issuer";
      return `${saying} ${secret.name}: ${page}`;
    });
}

function plan(
  move: Move,
  secret: SecretDeclaration,
  from: RotationRecord,
  said: Said,
  stack: string,
): PlannedMove {
  const { graceEnds = defaultEnd(move, secret, said), ...note } = said;
  const moved = APPLY[move](from, slotNames(secret.slots), note);
  const to = readRecord(graceEnds === undefined ? moved : { ...moved, graceEnds }, secret);
  const advice = adviceOn(move, secret, stack);
  return {
    secret,
    move,
    from,
    to,
    interruption: interruptionOf(move, secret, from, to),
    ...(advice === undefined ? {} : { advice }),
  };
}

/** An emergency leaves no grace, and no other move opens one. */
function defaultEnd(
  move: Move,
  secret: SecretDeclaration,
  { at, skipped }: Said,
): string | undefined {
  if (!MOVES_INTO_GRACE.includes(move) || at === undefined || skipped !== undefined)
    return undefined;
  return defaultGraceEnds(secret, at);
}

function interruptionOf(
  move: Move,
  secret: SecretDeclaration,
  from: RotationRecord,
  to: RotationRecord,
): string {
  if (move === "stage") return "none";
  if (move === "rotate") return secret.interruptionInOneUpdate;
  if (move === "activate" || move === "rollback") return secret.interruption;
  const gone = emptiedSlots(from, to).map((slot) => from.slots[slot]);
  return `whoever still uses generation ${gone.join(", ")} is refused`;
}

/** The slots that held a generation before a move and hold none after it. */
export function emptiedSlots(from: RotationRecord, to: RotationRecord): Slot[] {
  return Object.keys(from.slots).filter((slot) => to.slots[slot] === undefined);
}

/** The slot that a move issues a new generation into, if it does. */
export function filledSlot(from: RotationRecord, to: RotationRecord): Slot | undefined {
  return Object.keys(to.slots).find((slot) => from.slots[slot] === undefined);
}

function adviceOn(move: Move, secret: SecretDeclaration, stack: string): string | undefined {
  if (move !== "rotate" || secret.accepts !== "many") return undefined;
  if (secret.interruptionInOneUpdate === secret.interruption) return undefined;
  return (
    `for an interruption of ${secret.interruption}, make it two updates: \`rekey stage ${secret.name} -s ${stack}\`, ` +
    `\`rekey up -s ${stack}\`, \`rekey activate ${secret.name} -s ${stack}\`, \`rekey up -s ${stack}\``
  );
}

function recordOf(
  secret: SecretDeclaration,
  records: ReadonlyMap<string, RotationRecord>,
): RotationRecord {
  return records.get(secret.name) ?? AT_REST;
}

function refusedTogether(
  move: Move,
  refusals: readonly { name: string; refusal: MoveRefused }[],
  stack: string,
): RekeyError {
  const told = refusals.map(({ name, refusal }) => `${name}: ${refusal.problem}`).join("; ");
  const fixes = refusals.map(({ name, refusal }) =>
    refusal.fix.replaceAll(/`rekey (\w+)`/g, `\`rekey $1 ${name} -s ${stack}\``),
  );
  return new RekeyError({
    code: "move-refused",
    exitCode: 2,
    message: `${move} is refused, and nothing was written. ${told}`,
    path: refusals.map(({ name }) => `rekey:rotations.${name}`).join(", "),
    fix: [...new Set(fixes)].join("; "),
  });
}
