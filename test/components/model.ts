import fc from "fast-check";
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
} from "../../components/rotation";

/** Every move by its name, as the operator's commands apply them. */
export const APPLY: Record<
  Move,
  (record: RotationRecord, slots: readonly Slot[], note?: MoveNote) => RotationRecord
> = {
  stage,
  rotate,
  activate: (record, _slots, note) => activate(record, note),
  retire: (record, _slots, note) => retire(record, note),
  withdraw: (record, _slots, note) => withdraw(record, note),
  rollback: (record, _slots, note) => rollback(record, note),
};

/** The record after a move, or the same record where the move is refused. Anything but a refusal is thrown on. */
export function attempt(
  record: RotationRecord,
  move: Move,
  slots: readonly Slot[],
  note?: MoveNote,
): { record: RotationRecord; refused: boolean } {
  try {
    return { record: APPLY[move](record, slots, note), refused: false };
  } catch (error) {
    if (error instanceof MoveRefused) return { record, refused: true };
    throw error;
  }
}

const seconds = fc.integer({ min: 0, max: 4_000_000_000 });
/** A time as the commands write it. */
export const utc = seconds.map((time) =>
  new Date(time * 1000).toISOString().replace(/\.\d+Z$/, "Z"),
);

/** What a person may say about a move. */
export const note: fc.Arbitrary<MoveNote> = fc.record(
  {
    at: utc,
    reason: fc.string({ minLength: 1, maxLength: 40 }),
    by: fc.string({ minLength: 1, maxLength: 20 }),
  },
  { requiredKeys: [] },
);

/** A number of slots and a sequence of moves, each with its note; many of them will be refused. */
export const history = fc.record({
  slots: fc.integer({ min: 2, max: 5 }).map((count) => slotNames(count)),
  moves: fc.array(fc.tuple(fc.constantFrom<Move>(...(Object.keys(APPLY) as Move[])), note), {
    maxLength: 30,
  }),
});

/** A record that some sequence of moves ends in, with the names of its slots. */
export const reached = history.map(({ slots, moves }) => ({
  slots,
  record: moves.reduce<RotationRecord>(
    (record, [move, said]) => attempt(record, move, slots, said).record,
    AT_REST,
  ),
}));
