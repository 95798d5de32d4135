import assert from "node:assert/strict";
import { AT_REST, RotationRecord } from "../../components/rotation";
import { defaultGraceEnds, endsByItself, graceEndOf } from "../../operator/grace";
import { Said, planMoves } from "../../operator/moves";
import { inventory } from "../../stacks/inventory";

const AT = "2026-01-31T12:00:00Z";
const STAGED: RotationRecord = { generation: 2, active: "a", slots: { a: 1, b: 2 } };
const GRACE: RotationRecord = { generation: 2, active: "b", slots: { a: 1, b: 2 }, at: AT };
const all = inventory();

function secretOf(name: string, system = "mgmt-vibe") {
  const found = all.find((one) => one.name === name && one.system === system);
  assert.ok(found, name);
  return found;
}

function activated(name: string, said: Said = { at: AT }): RotationRecord | undefined {
  const records = new Map([[name, STAGED]]);
  return planMoves("activate", [secretOf(name)], records, said, "prod")[0]?.to;
}

describe("the end of a grace", () => {
  it("is written by an activation: mgmt-vibe's previous session secret goes a day later", () => {
    assert.equal(activated("SESSION_SECRET")?.graceEnds, "2026-02-01T12:00:00Z");
    const secrets = [secretOf("SESSION_SECRET")];
    const [rotated] = planMoves("rotate", secrets, new Map(), { at: AT }, "prod");
    assert.equal(rotated?.to.graceEnds, "2026-02-01T12:00:00Z");
  });

  it("is what the command was told, where it was told one", () => {
    const graceEnds = "2026-03-01T00:00:00Z";
    assert.equal(activated("SESSION_SECRET", { at: AT, graceEnds })?.graceEnds, graceEnds);
    assert.equal(activated("DATABASE_PASSWORD", { at: AT, graceEnds })?.graceEnds, graceEnds);
  });

  it("is not written where the database itself would end it, perhaps before the update that moves the consumers", () => {
    assert.equal(activated("DATABASE_PASSWORD")?.graceEnds, undefined);
    const self = all.filter(endsByItself).map(({ system, name }) => `${system} ${name}`);
    assert.deepEqual(self, [
      "mgmt-vibe DATABASE_PASSWORD",
      "proxpanel POSTGRES_PASSWORD",
      "project POSTGRES_PASSWORD",
    ]);
    const database = secretOf("DATABASE_PASSWORD");
    assert.equal(graceEndOf(database, GRACE), "2026-02-01T12:00:00Z", "it is due all the same");
  });

  it("is not written in an emergency, which leaves none, nor by a move that opens none", () => {
    assert.equal(activated("SESSION_SECRET", { at: AT, skipped: "grace" })?.graceEnds, undefined);
    const secrets = [secretOf("SESSION_SECRET")];
    const [staged] = planMoves("stage", secrets, new Map(), { at: AT }, "prod");
    assert.equal(staged?.to.graceEnds, undefined);
    const [back] = planMoves("rollback", secrets, new Map([["SESSION_SECRET", GRACE]]), { at: AT }, "prod"); // prettier-ignore
    assert.equal(back?.to.graceEnds, undefined);
  });

  it("is left to a person for what only a person can tell", () => {
    const open = all.filter(({ graceHours }) => graceHours === undefined);
    assert.deepEqual([...new Set(open.map((one) => one.class))], ["backup-key", "vapid-pair"]);
    for (const secret of open) assert.equal(defaultGraceEnds(secret, AT), undefined);
  });

  it("is none where nothing is in grace", () => {
    assert.equal(graceEndOf(secretOf("SESSION_SECRET"), AT_REST), undefined);
  });
});
