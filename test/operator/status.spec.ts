import assert from "node:assert/strict";
import { SecretDeclaration } from "../../components/inventory";
import { byFunctionOf, ranges, statusOf } from "../../operator/status";
import { CAPANEL_SECRETS } from "../../stacks/capanel/inventory";

const secret = CAPANEL_SECRETS[1] as SecretDeclaration;

describe("the status", () => {
  it("tells what is active, staged, in grace and retired, and since when", () => {
    const record = {
      generation: 7,
      active: "b",
      slots: { a: 4, b: 5, c: 7 },
      at: "2026-01-31T12:00:00Z",
    };
    const status = statusOf(secret, record, new Date("2026-02-10T11:59:59Z"));
    assert.deepEqual(status.active, { slot: "b", generation: 5, state: "active" });
    assert.deepEqual(status.staged, [{ slot: "c", generation: 7, state: "staged" }]);
    assert.deepEqual(status.grace, [{ slot: "a", generation: 4, state: "grace" }]);
    assert.deepEqual(status.retired, [1, 2, 3, 6]);
    assert.equal(status.ageDays, 9);
  });

  it("has no age where no record says one, and none below zero", () => {
    const record = { generation: 1, active: "a", slots: { a: 1 } };
    assert.equal(statusOf(secret, record, new Date()).ageDays, null);
    const ahead = { ...record, at: "2026-01-31T12:00:00Z" };
    assert.equal(statusOf(secret, ahead, new Date("2026-01-30T00:00:00Z")).ageDays, 0);
  });

  it("tells of what a function rotates the generation that the store had, and nothing by a record", () => {
    const status = byFunctionOf(secret, { generation: 7 });
    assert.deepEqual([status.rotatedBy, status.generation, status.active], ["function", 7, null]);
    assert.deepEqual([status.ageDays, status.staged, status.retired], [null, [], []]);
    assert.equal(byFunctionOf(secret, { generation: null }).generation, null);
    const record = { generation: 1, active: "a", slots: { a: 1 } };
    assert.equal(statusOf(secret, record, new Date()).rotatedBy, "record");
  });

  it("writes retired generations as ranges", () => {
    assert.equal(ranges([]), "-");
    assert.equal(ranges([1, 2, 3, 6, 8, 9]), "1-3, 6, 8-9");
  });
});
