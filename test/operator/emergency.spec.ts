import assert from "node:assert/strict";
import fc from "fast-check";
import type { SecretDeclaration } from "../../components/inventory";
import { readRecord } from "../../components/records";
import {
  AT_REST,
  MoveRefused,
  RotationRecord,
  activate,
  activeGeneration,
  liveGenerations,
  retire,
  rollback,
  rotate,
  slotNames,
  stage,
  withdraw,
} from "../../components/rotation";
import { EmergencyStep, SKIPPED, nextStep } from "../../operator/emergency";
import { CAPANEL_SECRETS } from "../../stacks/capanel/inventory";

const APPLY = {
  stage: (record: RotationRecord, count: number) => stage(record, slotNames(count)),
  rotate: (record: RotationRecord, count: number) => rotate(record, slotNames(count)),
  activate: (record: RotationRecord) => activate(record),
  retire: (record: RotationRecord) => retire(record),
  withdraw: (record: RotationRecord) => withdraw(record),
  rollback: (record: RotationRecord) => rollback(record),
};
type Name = keyof typeof APPLY;
const names = Object.keys(APPLY) as Name[];

/** A record that any sequence of moves, refused ones included, can lead to. */
const anyRecord = fc
  .tuple(fc.integer({ min: 2, max: 5 }), fc.array(fc.constantFrom(...names), { maxLength: 12 }))
  .map(([slots, moves]) => ({
    slots,
    record: moves.reduce((at, move) => tried(move, at, slots), AT_REST),
  }));

function secretWith(slots: number): SecretDeclaration {
  const [first] = CAPANEL_SECRETS;
  assert.ok(first);
  return { ...first, slots };
}

function tried(move: Name, record: RotationRecord, slots: number): RotationRecord {
  try {
    return APPLY[move](record, slots);
  } catch (error) {
    if (error instanceof MoveRefused) return record;
    throw error;
  }
}

function follow(secret: SecretDeclaration, record: RotationRecord, killedAfter: number) {
  let at = record;
  let replaced = new Set<string>();
  const steps: EmergencyStep[] = [];
  for (;;) {
    const step = nextStep([secret], new Map([[secret.name, at]]), replaced);
    if (!step) return { at, steps };
    const before = activeGeneration(at);
    const note = { skipped: step.skipped };
    at =
      step.move === "rotate"
        ? rotate(at, slotNames(secret.slots), note)
        : { retire, withdraw }[step.move](at, note);
    readRecord(at, secret);
    assert.ok(
      Object.values(at.slots).includes(before),
      "what was in use is still there after the step",
    );
    steps.push(step);
    assert.ok(steps.length < 20, "it ends");
    if (step.skipped === SKIPPED) replaced.add(secret.name);
    // The process dies and the command is called again: only the records are left.
    if (steps.length === killedAfter) replaced = new Set();
  }
}

describe("the steps of an emergency", () => {
  it("replace what is in use once, retire everything older, and go on where they were killed", () => {
    fc.assert(
      fc.property(anyRecord, fc.integer({ min: 0, max: 8 }), ({ slots, record }, killedAfter) => {
        const secret = secretWith(slots);
        // After its last step nothing is left to go on with: the next call is a new emergency.
        fc.pre(killedAfter < follow(secret, record, 0).steps.length);
        const { at } = follow(secret, record, killedAfter);
        assert.equal(at.generation, record.generation + 1, "one new generation");
        assert.equal(activeGeneration(at), at.generation, "it is in use");
        assert.ok(
          liveGenerations(at).every(({ state }) => state !== "grace"),
          "nothing is in grace",
        );
        assert.equal(at.skipped, SKIPPED);
      }),
    );
  });

  it("withdraw a staged generation only where it stands in the way", () => {
    const secret = secretWith(2);
    const staged: RotationRecord = { generation: 2, active: "a", slots: { a: 1, b: 2 } };
    const { steps } = follow(secret, staged, 0);
    assert.deepEqual(
      steps.map(({ move }) => move),
      ["withdraw", "rotate", "retire"],
    );
  });
});
