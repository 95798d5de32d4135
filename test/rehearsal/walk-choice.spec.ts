import assert from "node:assert/strict";
import { WalkChoice, namesOf } from "../../rehearsal/walk-choice";
import { inventory } from "../../stacks/inventory";

const PAIR = ["VAPID_PRIVATE_KEY", "VAPID_PUBLIC_KEY"];

describe("rehearsal/walk-choice", () => {
  const project = inventory(["project"]);
  const proxpanel = inventory(["proxpanel"]);
  const rotation = { walk: "rotation", inTiers: true } as const;

  it("goes in rounds through the tiers of what moves by itself, and takes in what moves with it", () => {
    const choice = new WalkChoice(rotation, project);
    assert.deepEqual(choice.rounds(), ["critical", "high", "optional"]);
    assert.deepEqual(
      choice.rounds().flatMap((tier) => namesOf(choice.of(tier)).length),
      [4, 6, 2],
    );
    assert.ok(namesOf(choice.of("high")).includes("VAPID_PUBLIC_KEY"));
  });

  it("goes in one round with all secrets unless tiers are asked for", () => {
    const choice = new WalkChoice({ walk: "every-move" }, proxpanel);
    assert.deepEqual(choice.rounds(), [undefined]);
    assert.deepEqual(choice.of(undefined), proxpanel);
  });

  it("takes every secret of a system through every move, by a command for all", () => {
    const choice = new WalkChoice({ walk: "every-move" }, proxpanel);
    assert.deepEqual(choice.every(), proxpanel);
    assert.equal(choice.amongEvery(), undefined);
  });

  it("takes none of a rotation's through every move unless it is named", () => {
    const choice = new WalkChoice(rotation, project);
    assert.deepEqual(choice.every(), []);
    assert.deepEqual(choice.every("high"), []);
  });

  it("takes those that are named, in the round of their tier, with what moves with them; a command names the leader only", () => {
    const choice = new WalkChoice({ ...rotation, everyMove: ["VAPID_PRIVATE_KEY"] }, project);
    assert.deepEqual(namesOf(choice.every()), PAIR);
    assert.deepEqual(namesOf(choice.every("high")), PAIR);
    assert.deepEqual(choice.every("critical"), []);
    assert.deepEqual(choice.amongEvery("high"), ["VAPID_PRIVATE_KEY"]);
  });
});
