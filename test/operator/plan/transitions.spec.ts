import assert from "node:assert/strict";
import fc from "fast-check";
import {
  AT_REST,
  MOVES,
  Move,
  MoveRefused,
  RotationRecord,
  activate,
  retire,
  rollback,
  rotate,
  slotNames,
  stage,
  withdraw,
} from "../../../components";
import { Numbers, movesBetween, sameNumbers } from "../../../operator/plan/transitions";

const SLOTS = slotNames(2);
const APPLY: Record<Move, (record: RotationRecord) => RotationRecord> = {
  stage: (record) => stage(record, SLOTS),
  rotate: (record) => rotate(record, SLOTS),
  activate,
  retire,
  rollback,
  withdraw,
};

/** Any record that moves lead to, with the moves that the record refuses left out. */
const records = fc.array(fc.constantFrom(...MOVES), { maxLength: 12 }).map((moves) =>
  moves.reduce<RotationRecord>((record, move) => {
    try {
      return APPLY[move](record);
    } catch (error) {
      assert.ok(error instanceof MoveRefused);
      return record;
    }
  }, AT_REST),
);

describe("plan: recognised moves", () => {
  it("name every single move from any record", () => {
    fc.assert(
      fc.property(records, fc.constantFrom(...MOVES), (record, move) => {
        let to: RotationRecord;
        try {
          to = APPLY[move](record);
        } catch (error) {
          assert.ok(error instanceof MoveRefused);
          return;
        }
        assert.deepEqual(movesBetween(record, to, SLOTS), [move]);
      }),
    );
  });

  it("are none between records that differ in what is said only", () => {
    const noted = { ...AT_REST, at: "2026-01-31T12:00:00Z", by: "ada@example.com" };
    assert.deepEqual(movesBetween(AT_REST, noted, SLOTS), []);
    assert.ok(sameNumbers(AT_REST, noted));
  });

  it("are told in order where a change makes several", () => {
    const graced = { generation: 5, active: "b", slots: { a: 4, b: 5 } };
    const to = { generation: 6, active: "a", slots: { a: 6, b: 5 } };
    assert.deepEqual(movesBetween(graced, to, SLOTS), ["retire", "rotate"]);
  });

  it("are a stage into any empty slot, not only the first", () => {
    const to = { generation: 2, active: "a", slots: { a: 1, c: 2 } };
    assert.deepEqual(movesBetween(AT_REST, to, slotNames(3)), ["stage"]);
  });

  it("do not exist towards a bumped slot, a rename or a lowered number", () => {
    const from = { generation: 5, active: "b", slots: { a: 4, b: 5 } };
    const targets: Numbers[] = [
      { generation: 5, active: "a", slots: { a: 5, b: 4 } },
      { generation: 4, active: "a", slots: { a: 4 } },
      { generation: 9, active: "b", slots: { b: 9 } },
    ];
    for (const to of targets) assert.equal(movesBetween(from, to, SLOTS), undefined);
  });
});
