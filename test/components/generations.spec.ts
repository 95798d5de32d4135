import assert from "node:assert/strict";
import { activeOf, guarded, isAdopted, keepers, liveGenerations } from "../../components";
import { RECORDS } from "./fixtures";

const [first, second] = liveGenerations(RECORDS.grace);

describe("components/generations", () => {
  it("finds the generation that consumers use, and refuses to go on without one", () => {
    assert.equal(activeOf(liveGenerations(RECORDS.staged)).generation, 1);
    assert.equal(activeOf(liveGenerations(RECORDS.grace)).generation, 2);
    assert.throws(() => activeOf([]), /without an active generation/);
  });

  it("protects the active generation and, in the same update, no longer the one before", () => {
    assert.ok(first && second);
    assert.deepEqual(guarded(second, { ignoreChanges: ["length"] }), {
      ignoreChanges: ["length"],
      protect: true,
    });
    assert.deepEqual(guarded(first, {}), { protect: false });
  });

  it("keeps a random resource by its generation and by nothing else", () => {
    assert.ok(second);
    assert.deepStrictEqual(keepers(second), { generation: "2" });
  });

  it("adopts generation 1 only, and only where something is adopted", () => {
    assert.ok(first && second);
    assert.equal(isAdopted(first, { storeVersion: "1" }), true);
    assert.equal(isAdopted(second, { storeVersion: "1" }), false);
    assert.equal(isAdopted(first, undefined), false);
  });
});
