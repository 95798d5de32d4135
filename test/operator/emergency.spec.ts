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

const REASON = "leaked in a log";

/** Where the steps lead. They are read from the records alone, so a process that dies between two of them changes nothing. */
function follow(secret: SecretDeclaration, record: RotationRecord) {
  let at = record;
  const steps: EmergencyStep[] = [];
  for (;;) {
    const step = nextStep([secret], new Map([[secret.name, at]]), REASON);
    if (!step) return { at, steps };
    const before = activeGeneration(at);
    const note = { reason: REASON, skipped: step.skipped };
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
  }
}

describe("the steps of an emergency", () => {
  it("replace what is in use once, retire everything older, and go on where they were killed", () => {
    fc.assert(
      fc.property(anyRecord, ({ slots, record }) => {
        const secret = secretWith(slots);
        const { at } = follow(secret, record);
        assert.equal(at.generation, record.generation + 1, "one new generation");
        assert.equal(activeGeneration(at), at.generation, "it is in use");
        assert.ok(
          liveGenerations(at).every(({ state }) => state !== "grace"),
          "nothing is in grace",
        );
        assert.equal(at.skipped, SKIPPED);
        assert.deepEqual(follow(secret, at).steps, [], "called again, nothing is left to do");
      }),
    );
  });

  it("withdraw a staged generation only where it stands in the way", () => {
    const secret = secretWith(2);
    const staged: RotationRecord = { generation: 2, active: "a", slots: { a: 1, b: 2 } };
    const { steps } = follow(secret, staged);
    assert.deepEqual(
      steps.map(({ move }) => move),
      ["withdraw", "rotate", "retire"],
    );
  });

  it("replace again what was replaced for another reason and never finished", () => {
    const secret = secretWith(2);
    const broken = rotate(AT_REST, slotNames(2), { reason: "an older leak", skipped: SKIPPED });
    const { at, steps } = follow(secret, broken);
    assert.deepEqual(
      steps.map(({ move }) => move),
      ["retire", "rotate", "retire"],
    );
    assert.equal(activeGeneration(at), 3);
  });

  it("leave the key of earlier backups, and take keyrings last", () => {
    const secrets = [
      { ...secretWith(4), name: "KEYRING", class: "keyring" as const },
      { ...secretWith(8), name: "BACKUP", class: "backup-key" as const },
      secretWith(2),
    ];
    let records = new Map(secrets.map(({ name }) => [name, AT_REST]));
    const steps: string[] = [];
    for (;;) {
      const step = nextStep(secrets, records, REASON);
      if (!step) break;
      steps.push(`${step.move} ${step.secrets.map(({ name }) => name).join(" ")}`);
      const note = { reason: REASON, skipped: step.skipped };
      const apply = { rotate: (r: RotationRecord) => rotate(r, slotNames(4), note), retire: (r: RotationRecord) => retire(r, note), withdraw: (r: RotationRecord) => withdraw(r, note) }; // prettier-ignore
      const moved = step.secrets.map(({ name }) => [name, apply[step.move](records.get(name) ?? AT_REST)] as const); // prettier-ignore
      records = new Map([...records, ...moved]);
    }
    assert.deepEqual(steps, [
      "rotate BACKUP CLOUD_SQL_PASSWORD",
      "retire CLOUD_SQL_PASSWORD",
      "rotate KEYRING",
      "retire KEYRING",
    ]);
  });
});
