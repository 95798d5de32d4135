import assert from "node:assert/strict";
import { AT_REST, slotNames } from "../../../components";
import { Against, diagnose } from "../../../operator/plan/diagnosis";
import type { Numbers } from "../../../operator/plan/transitions";

const SLOTS = slotNames(2);
const GRACE = { generation: 5, active: "b", slots: { a: 4, b: 5 } };

function rules(from: Numbers, to: Numbers, against: Against = "base", slots = SLOTS): string[] {
  return diagnose("SECRET_KEY", from, to, slots, against).map(({ rule, at }) => `${rule} ${at}`);
}

describe("plan: what is wrong with a change", () => {
  it("is nothing for a rotate, a retirement, a roll back and two stages into empty slots", () => {
    assert.deepEqual(rules(AT_REST, { generation: 2, active: "b", slots: { a: 1, b: 2 } }), []);
    assert.deepEqual(rules(GRACE, { generation: 5, active: "b", slots: { b: 5 } }), []);
    assert.deepEqual(rules(GRACE, { ...GRACE, active: "a" }), []);
    const staged = { generation: 3, active: "a", slots: { a: 1, b: 2, c: 3 } };
    assert.deepEqual(rules(AT_REST, staged, "base", slotNames(3)), []);
  });

  it("is a bump of the slot in use", () => {
    const to = { generation: 6, active: "b", slots: { a: 4, b: 6 } };
    assert.deepEqual(rules(GRACE, to), ["active-slot-bumped slots.b"]);
    assert.deepEqual(rules(AT_REST, { generation: 2, active: "a", slots: { a: 2 } }), [
      "active-slot-bumped slots.a",
    ]);
  });

  it("is both slots changed at once", () => {
    const to = { generation: 7, active: "b", slots: { a: 6, b: 7 } };
    assert.ok(rules(GRACE, to).includes("several-slots-changed slots"));
  });

  it("is a live slot renamed, also when two change places", () => {
    assert.deepEqual(rules(AT_REST, { generation: 1, active: "b", slots: { b: 1 } }), [
      "slot-renamed slots.b",
    ]);
    assert.deepEqual(rules(GRACE, { generation: 5, active: "a", slots: { a: 5, b: 4 } }), [
      "slot-renamed slots.b",
      "slot-renamed slots.a",
    ]);
  });

  it("is a generation lowered or used again", () => {
    const retired = { generation: 5, active: "b", slots: { b: 5 } };
    assert.deepEqual(rules(retired, GRACE), ["generation-reused slots.a"]);
    assert.ok(
      rules(retired, { generation: 4, active: "a", slots: { a: 4 } }).includes(
        "generation-lowered generation",
      ),
    );
  });

  it("is a retirement in the change that activates, a withdrawal in one that rolls back too", () => {
    const rotatedAndRetired = { generation: 2, active: "b", slots: { b: 2 } };
    assert.deepEqual(rules(AT_REST, rotatedAndRetired), ["retires-with-activation slots"]);
    assert.deepEqual(rules(GRACE, { generation: 5, active: "a", slots: { a: 4 } }), [
      "retires-with-activation slots",
    ]);
  });

  it("is a stage into a slot that still holds a generation", () => {
    const to = { generation: 6, active: "a", slots: { a: 6, b: 5 } };
    assert.deepEqual(rules(GRACE, to), ["stage-into-grace slots.a"]);
    assert.deepEqual(rules(GRACE, to, "deployed"), ["stage-into-grace slots.a"]);
  });

  it("is the retirement of what the deployed state shows in use", () => {
    const deployed = { generation: 4, active: "a", slots: { a: 4 } };
    const to = { generation: 5, active: "b", slots: { b: 5 } };
    assert.deepEqual(rules(deployed, to, "deployed"), ["retires-active slots"]);
  });

  it("is a number left out, and that only against the base", () => {
    const to = { generation: 4, active: "a", slots: { a: 1, b: 4 } };
    // Two stages that were withdrawn in the same change lead here; nine do not.
    assert.deepEqual(rules(AT_REST, to), []);
    const far = { generation: 10, active: "a", slots: { a: 1, b: 10 } };
    assert.deepEqual(rules(AT_REST, far), ["generation-skipped generation"]);
    assert.deepEqual(rules(AT_REST, far, "deployed"), []);
  });

  it("names a remedy that can be run, for the secret at hand", () => {
    const [found] = diagnose(
      "SECRET_KEY",
      GRACE,
      { ...GRACE, generation: 6, slots: { a: 6, b: 5 }, active: "a" },
      SLOTS,
      "base",
    );
    assert.match(found?.remedy ?? "", /`rekey retire SECRET_KEY`/);
  });
});
