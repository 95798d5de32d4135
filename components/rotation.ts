/**
 * The model: every value that a secret ever has is a generation (1, 2, 3…, never used twice), kept in a slot.
 * The record in the stack's configuration is the whole state; the moves are pure functions from record to record.
 */

/** A slot's name: one lower-case letter, from `a` on. */
export type Slot = string;

/** What one secret's entry under `rekey:rotations` says. */
export interface RotationRecord {
  /** The highest generation ever issued. */
  readonly generation: number;
  /** The slot whose value the consumers use. */
  readonly active: Slot;
  /** The generation in each slot that is not empty. */
  readonly slots: Readonly<Record<Slot, number>>;
  /** When the active generation became active, UTC, ISO 8601. Written by the operator's command. */
  readonly at?: string;
  /** Why the last move was made. */
  readonly reason?: string;
  /** Who made the last move. */
  readonly by?: string;
  /** When the grace of what is in use no more ends, UTC, ISO 8601: the target ends it then where it can; elsewhere its retirement is due. */
  readonly graceEnds?: string;
  /** What the last move left out, in an emergency; consumers are cut off where they would otherwise be waited for. */
  readonly skipped?: string;
}

/** What a slot is to the consumers: in use, issued ahead of the one in use, or kept for those who still hold it. */
export type SlotState = "active" | "staged" | "grace";

/** A generation that lives in a slot. */
export interface LiveGeneration {
  readonly slot: Slot;
  readonly generation: number;
  readonly state: SlotState;
}

/** The moves, each an edit of one record. */
export const MOVES = ["stage", "activate", "retire", "withdraw", "rollback", "rotate"] as const;
/** The name of a move. */
export type Move = (typeof MOVES)[number];

/** Why and by whom a move is made; `at` is the operator's clock, UTC, ISO 8601. */
export interface MoveNote {
  readonly at?: string;
  readonly reason?: string;
  readonly by?: string;
  /** What is left out, in an emergency. */
  readonly skipped?: string;
}

/** A move that the record does not allow now. `fix` names the command or edit that would. */
export class MoveRefused extends Error {
  constructor(
    readonly problem: string,
    readonly fix: string,
  ) {
    super(`${problem}. ${fix}`);
    this.name = "MoveRefused";
  }
}

/** How many slots a secret may have. Two are enough for one value in use and one in grace. */
export const SLOT_COUNT = { least: 2, most: 8, usual: 2 } as const;

/** The highest generation that a record may hold: far beyond use, low enough to catch a date typed in its place. */
export const HIGHEST_GENERATION = 1_000_000;

/** The names of `count` slots: a, b, c… */
export function slotNames(count: number = SLOT_COUNT.usual): Slot[] {
  return Array.from({ length: count }, (_, index) => String.fromCharCode(97 + index));
}

/** What a secret without a record is: at rest with generation 1 in slot a. */
export const AT_REST: RotationRecord = { generation: 1, active: "a", slots: { a: 1 } };

/** The generation that consumers use. */
export function activeGeneration(record: RotationRecord): number {
  const generation = record.slots[record.active];
  if (generation === undefined) throw new MoveRefused("the active slot is empty", EMPTY_ACTIVE_FIX);
  return generation;
}

const EMPTY_ACTIVE_FIX = "Set `active` to a slot that holds a generation";

/** Every generation that is accepted somewhere, lowest first. */
export function liveGenerations(record: RotationRecord): LiveGeneration[] {
  const active = activeGeneration(record);
  return Object.entries(record.slots)
    .map(([slot, generation]) => ({ slot, generation, state: stateOf(generation, active) }))
    .sort((one, other) => one.generation - other.generation);
}

function stateOf(generation: number, active: number): SlotState {
  if (generation === active) return "active";
  return generation > active ? "staged" : "grace";
}

/** Every generation that was issued and must be refused everywhere by now, lowest first. */
export function retiredGenerations(record: RotationRecord): number[] {
  const live = new Set(Object.values(record.slots));
  return Array.from({ length: record.generation }, (_, index) => index + 1).filter(
    (generation) => !live.has(generation),
  );
}

/** Issues the next generation into an empty slot. No consumer uses it yet. */
export function stage(
  record: RotationRecord,
  slots: readonly Slot[],
  note: MoveNote = {},
): RotationRecord {
  const empty = slots.find((slot) => record.slots[slot] === undefined);
  if (empty === undefined) {
    const idle = liveGenerations(record).find((live) => live.state !== "active");
    throw new MoveRefused(
      `no slot is empty: ${describe(record)}`,
      idle?.state === "staged"
        ? "Activate or withdraw the staged generation first: `rekey activate` or `rekey withdraw`"
        : "Retire the generation in grace first: `rekey retire`",
    );
  }
  const generation = record.generation + 1;
  if (generation > HIGHEST_GENERATION)
    throw new MoveRefused(
      `generation ${record.generation} is the last that a record holds`,
      "Declare the secret under a new name",
    );
  return noted(
    { ...record, generation, slots: sorted({ ...record.slots, [empty]: generation }) },
    note,
  );
}

/** Moves the consumers to the newest staged generation; the one in use so far is in grace. */
export function activate(record: RotationRecord, note: MoveNote = {}): RotationRecord {
  const staged = newest(record, "staged");
  if (!staged)
    throw new MoveRefused(`nothing is staged: ${describe(record)}`, "Stage first: `rekey stage`");
  return activated(record, staged.slot, note);
}

/** Moves the consumers back to the newest generation in grace; possible until it is retired. */
export function rollback(record: RotationRecord, note: MoveNote = {}): RotationRecord {
  const grace = newest(record, "grace");
  if (!grace)
    throw new MoveRefused(
      `nothing is in grace to go back to: ${describe(record)}`,
      "A retired generation does not come back; rotate forward instead: `rekey rotate`",
    );
  return activated(record, grace.slot, note);
}

/** Empties the slot of the oldest generation in grace: its credential stops working everywhere. */
export function retire(record: RotationRecord, note: MoveNote = {}): RotationRecord {
  const grace = liveGenerations(record).find((live) => live.state === "grace");
  if (!grace)
    throw new MoveRefused(
      `nothing is in grace: ${describe(record)}`,
      newest(record, "staged")
        ? "A staged generation is withdrawn, not retired: `rekey withdraw`"
        : "Rotate first: `rekey rotate`",
    );
  return emptied(record, grace.slot, note);
}

/** Empties the slot of the newest staged generation, which proved bad; its number is never used again. */
export function withdraw(record: RotationRecord, note: MoveNote = {}): RotationRecord {
  const staged = newest(record, "staged");
  if (!staged)
    throw new MoveRefused(
      `nothing is staged: ${describe(record)}`,
      "A generation in grace is retired, not withdrawn: `rekey retire`",
    );
  return emptied(record, staged.slot, note);
}

/** Stages and activates in one edit. The previous generation stays in grace until it is retired. */
export function rotate(
  record: RotationRecord,
  slots: readonly Slot[],
  note: MoveNote = {},
): RotationRecord {
  return activate(stage(record, slots, note), note);
}

/** One line for people: `generation 5; a: 4 (grace), b: 5 (active)`. */
export function describe(record: RotationRecord): string {
  const slots = liveGenerations(record)
    .sort((one, other) => one.slot.localeCompare(other.slot))
    .map(({ slot, generation, state }) => `${slot}: ${generation} (${state})`);
  return `generation ${record.generation}; ${slots.join(", ")}`;
}

function newest(record: RotationRecord, state: SlotState): LiveGeneration | undefined {
  return liveGenerations(record)
    .filter((live) => live.state === state)
    .at(-1);
}

function activated(record: RotationRecord, slot: Slot, note: MoveNote): RotationRecord {
  const moved = noted({ ...without(record, "graceEnds", "at"), active: slot }, note);
  return note.at === undefined ? moved : { ...moved, at: note.at };
}

function emptied(record: RotationRecord, slot: Slot, note: MoveNote): RotationRecord {
  const slots = Object.fromEntries(Object.entries(record.slots).filter(([name]) => name !== slot));
  const { graceEnds, ...rest } = noted({ ...record, slots }, note);
  return graceEnds !== undefined && newest(rest, "grace") ? { ...rest, graceEnds } : rest;
}

/** The note is that of the last move: what an earlier one said goes, even where this one says nothing. */
function noted(record: RotationRecord, { reason, by, skipped }: MoveNote): RotationRecord {
  return {
    ...without(record, "reason", "by", "skipped"),
    ...(reason === undefined ? {} : { reason }),
    ...(by === undefined ? {} : { by }),
    ...(skipped === undefined ? {} : { skipped }),
  };
}

function without(record: RotationRecord, ...gone: (keyof RotationRecord)[]): RotationRecord {
  const kept = Object.entries(record).filter(
    ([key]) => !gone.includes(key as keyof RotationRecord),
  );
  return Object.fromEntries(kept) as unknown as RotationRecord;
}

function sorted(slots: Record<Slot, number>): Record<Slot, number> {
  return Object.fromEntries(
    Object.entries(slots).sort(([one], [other]) => one.localeCompare(other)),
  );
}
