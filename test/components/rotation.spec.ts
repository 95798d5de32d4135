import assert from "node:assert/strict";
import fc from "fast-check";
import { readRecord } from "../../components/records";
import {
  AT_REST,
  HIGHEST_GENERATION,
  MOVES,
  MoveRefused,
  RotationRecord,
  activate,
  activeGeneration,
  describe as inWords,
  liveGenerations,
  retire,
  retiredGenerations,
  rollback,
  rotate,
  slotNames,
  stage,
  withdraw,
} from "../../components/rotation";
import { APPLY, attempt, history, note, reached } from "./model";

const NAME = "EXAMPLE_SECRET";

/** Runs a check on every step of every generated history. */
function eachStep(
  check: (step: {
    before: RotationRecord;
    after: RotationRecord;
    move: string;
    refused: boolean;
    slots: readonly string[];
  }) => void,
): void {
  fc.assert(
    fc.property(history, ({ slots, moves }) => {
      let before = AT_REST;
      for (const [move, said] of moves) {
        const copy = structuredClone(before);
        const { record: after, refused } = attempt(before, move, slots, said);
        assert.deepEqual(before, copy, "a move changed the record that it was given");
        check({ before, after, move, refused, slots });
        before = after;
      }
    }),
  );
}

const numbers = (record: RotationRecord) => ({
  generation: record.generation,
  active: record.active,
  slots: record.slots,
});

describe("rotation: the moves", () => {
  it("never change what the active slot held, and empty no slot that is active", () => {
    eachStep(({ before, after }) => {
      const held = after.slots[before.active];
      assert.equal(held, before.slots[before.active]);
      assert.ok(held !== undefined && liveGenerations(after).length > 0);
    });
  });

  it("move `active` on activate, rotate and rollback only", () => {
    eachStep(({ before, after, move }) => {
      if (!["activate", "rotate", "rollback"].includes(move))
        assert.equal(after.active, before.active);
    });
  });

  it("never let a generation number fall or come back", () => {
    eachStep(({ before, after }) => {
      assert.ok(after.generation >= before.generation);
      const retired = new Set(retiredGenerations(before));
      for (const live of liveGenerations(after))
        assert.ok(!retired.has(live.generation), `generation ${live.generation} came back`);
    });
  });

  it("never move a generation from one slot to another", () => {
    eachStep(({ before, after }) => {
      for (const [slot, held] of Object.entries(after.slots))
        if (held <= before.generation) assert.equal(before.slots[slot], held);
    });
  });

  it("leave every generation either live or retired, and none both", () => {
    eachStep(({ after }) => {
      const live = liveGenerations(after).map(({ generation }) => generation);
      const all = [...retiredGenerations(after), ...live].sort((one, other) => one - other);
      assert.deepEqual(
        all,
        Array.from({ length: after.generation }, (_, index) => index + 1),
      );
    });
  });

  it("make only records that the reader accepts unchanged", () => {
    eachStep(({ after, slots }) => {
      assert.deepEqual(readRecord(after, { name: NAME, slots: slots.length }), after);
    });
  });

  it("name the way out when they are refused", () => {
    eachStep(({ before, move, refused, slots }) => {
      if (!refused) return;
      assert.throws(
        () => APPLY[move as keyof typeof APPLY](before, slots),
        (error: unknown) =>
          error instanceof MoveRefused &&
          error.message.includes(error.fix) &&
          /`rekey /.test(error.fix),
      );
    });
  });

  it("carry the note of the last move only", () => {
    eachStep(({ before, after, refused }) => {
      if (refused) assert.deepEqual(after, before);
    });
    fc.assert(
      fc.property(reached, fc.constantFrom(...MOVES), note, ({ record, slots }, move, said) => {
        const { record: after, refused } = attempt(record, move, slots, said);
        if (refused) return;
        assert.equal(after.reason, said.reason);
        assert.equal(after.by, said.by);
        if (after.active !== record.active) assert.equal(after.at, said.at);
        else assert.equal(after.at, record.at);
      }),
    );
  });

  it("keep exactly one active generation; the others are staged above it or in grace below it", () => {
    eachStep(({ after }) => {
      const active = activeGeneration(after);
      for (const live of liveGenerations(after))
        assert.equal(
          live.state,
          live.generation === active ? "active" : live.generation > active ? "staged" : "grace",
        );
    });
  });
});

describe("rotation: sequences", () => {
  const throughout = (check: (record: RotationRecord, slots: readonly string[]) => void) =>
    fc.assert(fc.property(reached, ({ record, slots }) => check(record, slots)));
  const possible = (record: RotationRecord, slots: readonly string[], move: keyof typeof APPLY) =>
    !attempt(record, move, slots).refused;

  it("rollback followed by activate ends where the activation alone does, with two slots", () => {
    throughout((record, slots) => {
      if (slots.length > 2 || !possible(record, slots, "activate")) return;
      const straight = activate(record);
      assert.deepEqual(numbers(activate(rollback(straight))), numbers(straight));
    });
  });

  it("rotate is stage and activate in one", () => {
    throughout((record, slots) => {
      if (!possible(record, slots, "stage")) return;
      assert.deepEqual(rotate(record, slots), activate(stage(record, slots)));
    });
  });

  it("stage followed by withdraw only costs a number", () => {
    throughout((record, slots) => {
      if (!possible(record, slots, "stage")) return;
      const back = withdraw(stage(record, slots));
      assert.deepEqual(numbers(back), { ...numbers(record), generation: record.generation + 1 });
    });
  });

  it("from everywhere, withdrawing and retiring lead to rest, where a rotation is possible", () => {
    throughout((record, slots) => {
      let rest = record;
      while (possible(rest, slots, "withdraw")) rest = withdraw(rest);
      while (possible(rest, slots, "retire")) rest = retire(rest);
      assert.deepEqual(Object.keys(rest.slots), [record.active]);
      assert.equal(activeGeneration(rotate(rest, slots)), record.generation + 1);
    });
  });

  it("keep a grace's end while something is in grace, and drop it with the grace", () => {
    throughout((record, slots) => {
      if (!possible(record, slots, "activate")) return;
      const timed = { ...activate(record), graceEnds: "2026-01-31T12:00:00Z" };
      const retired = retire(timed);
      const graced = liveGenerations(retired).some(({ state }) => state === "grace");
      assert.equal(retired.graceEnds, graced ? timed.graceEnds : undefined);
      assert.equal(rollback(timed).graceEnds, undefined);
      assert.deepEqual(readRecord(retired, { name: NAME, slots: slots.length }), retired);
    });
  });
});

describe("rotation: the figures of the design", () => {
  const inUse: RotationRecord = { generation: 5, active: "b", slots: { a: 4, b: 5 } };

  it("reads 'generation 5, slot b active, 4 in grace' from the record", () => {
    assert.equal(inWords(inUse), "generation 5; a: 4 (grace), b: 5 (active)");
    assert.deepEqual(retiredGenerations(inUse), [1, 2, 3]);
  });

  it("refuses to rotate over a generation in grace, and says to retire it", () => {
    assert.throws(
      () => rotate(inUse, slotNames()),
      (error: unknown) => error instanceof MoveRefused && error.fix.includes("`rekey retire`"),
    );
  });

  it("refuses to stage twice, and says to activate or withdraw", () => {
    assert.throws(
      () => stage(stage(AT_REST, slotNames()), slotNames()),
      (error: unknown) => error instanceof MoveRefused && error.fix.includes("`rekey withdraw`"),
    );
  });

  it("refuses to go beyond the highest generation that a record may hold", () => {
    const last = { generation: HIGHEST_GENERATION, active: "a", slots: { a: 1 } };
    assert.throws(() => stage(last, slotNames()), MoveRefused);
  });

  it("refuses an active slot that is empty", () => {
    assert.throws(() => activeGeneration({ ...inUse, active: "c" }), MoveRefused);
  });
});
