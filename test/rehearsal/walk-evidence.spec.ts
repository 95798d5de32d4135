import assert from "node:assert/strict";
import { cutOff, drained, inTime, jobNotes, sameState } from "../../rehearsal/walk-evidence";
import { inventory } from "../../stacks/inventory";

const NAME = "DATABASE_PASSWORD";
const note = (drainedBySelf: number, ended: number) =>
  `role app_a retired: ${drainedBySelf} connections ended by themselves, ${ended} were ended after 10 s`;

describe("rehearsal/walk-evidence", () => {
  it("is content when all busy connections drained and none was ended", () => {
    const { ok, evidence } = drained(NAME, "app_a", ["other", note(7, 0)], { busy: 5, cut: 0 });
    assert.equal(ok, true);
    assert.match(evidence, /^connections of app_a: 7 drained, 0 ended after 10 s; of 5 that/);
  });

  for (const [what, notes, cut] of [
    ["fewer drained than were busy", [note(4, 0)], 0],
    ["one was ended", [note(5, 1)], 0],
    ["one was cut", [note(5, 0)], 1],
    ["the update says nothing of them", [], 0],
    ["the update speaks of another user", [note(5, 0).replace("app_a", "app_b")], 0],
  ] as const)
    it(`is not content when ${what}`, () => {
      assert.equal(drained(NAME, "app_a", notes, { busy: 5, cut }).ok, false);
    });

  it("gives exposed connections a second, and wants to have seen some", () => {
    assert.equal(cutOff(NAME, { connections: 10, afterMs: 1_000 }).ok, true);
    assert.equal(cutOff(NAME, { connections: 10, afterMs: 1_001 }).ok, false);
    assert.equal(cutOff(NAME, { connections: 0, afterMs: 0 }).ok, false);
  });

  it("gives a refusal a second, and no answer makes up for another one than was promised", () => {
    const refused = { secret: NAME, ok: true, evidence: "a request: refused" };
    assert.deepEqual(inTime(refused, 3.4), { ...refused, evidence: "a request: refused, 3 ms after" }); // prettier-ignore
    assert.equal(inTime(refused, 1_001).ok, false);
    assert.equal(inTime({ ...refused, ok: false }, 3).ok, false);
  });

  it("names the parts in which two states differ, those that one of them lacks too", () => {
    const secrets = inventory(["mgmt-vibe"]);
    const one = new Map([
      ["role a", "1"],
      ["role b", "1"],
      ["variable X", "1"],
    ]);
    const other = new Map([
      ["role a", "1"],
      ["role b", "2"],
    ]);
    const tried = sameState(secrets, "as before", one, other);
    assert.equal(tried.length, secrets.length);
    assert.ok(tried.every(({ ok }) => !ok));
    assert.equal(tried[0]?.evidence, "not as before: role b, variable X");
    const same = sameState(secrets, "as before", one, new Map(one));
    assert.ok(same.every(({ ok }) => ok));
    assert.equal(same[0]?.evidence, "roles and variables are as before (3 parts)");
    assert.deepEqual(sameState(secrets, "as before", undefined, other), []);
  });

  it("gives what a job told to the secrets that it works for", () => {
    const notes = ["job re-encrypt: done=20", "job re-encrypt-all: done=1", note(1, 0)];
    assert.deepEqual(jobNotes(inventory(["mgmt-vibe"]), notes), [
      { secret: "ENCRYPTION_KEY", ok: true, evidence: "job re-encrypt: done=20" },
    ]);
  });
});
