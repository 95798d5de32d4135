import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import type { PlanDocument } from "../../../operator/plan/document";
import { ENGINE_MS, Rehearsed, capanelUp, editRecord, runRekey } from "../../support/rehearsal";

const KEY = "SECRET_KEY";

describe("plan against the state of the real engine", function () {
  this.timeout(ENGINE_MS);
  let capanel: Rehearsed;

  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=Ada", "-c", "user.email=ada@example.com", ...args], {
      cwd: capanel.session.project.work,
    });
  const commit = () => git("commit", "--quiet", "--all", "--message", "records");
  async function plan(): Promise<{ code: number | null; plan: PlanDocument }> {
    const { code, out, err } = await runRekey(capanel.session, [
      "plan",
      "--base",
      "HEAD",
      "--json",
    ]);
    assert.notEqual(code, 2, err);
    return { code, plan: JSON.parse(out) as PlanDocument };
  }
  const rules = ({ findings }: PlanDocument) =>
    findings.filter(({ level }) => level !== "note").map(({ rule }) => rule);
  const secretOf = ({ secrets }: PlanDocument) => secrets.find(({ name }) => name === KEY);

  before(async () => {
    capanel = await capanelUp();
    git("init", "--quiet", "--initial-branch=main");
    git("add", "Pulumi.yaml", "Pulumi.rehearsal.yaml");
    commit();
  });
  after(() => capanel?.session.close());

  it("finds every secret at rest, without opening one", async () => {
    const { code, plan: found } = await plan();
    assert.equal(code, 0);
    assert.equal(found.state, "engine");
    assert.deepEqual(found.secrets, []);
    assert.equal(found.unchanged, 5);
  });

  it("reads slots, generations and marks from the state", async () => {
    assert.equal((await runRekey(capanel.session, ["rotate", KEY])).code, 0);
    const { code, plan: found } = await plan();
    assert.equal(code, 0, JSON.stringify(found.findings));
    assert.deepEqual(secretOf(found)?.deployed, [{ generation: 1, slot: "a", state: "active" }]);
    assert.deepEqual(secretOf(found)?.update, ["rotate"]);
    await capanel.session.update("rotate");
    commit();
    const { plan: applied } = await plan();
    assert.deepEqual(applied.secrets, []);
  });

  it("refuses to retire what is deployed as active, although the base has moved on", async () => {
    assert.equal((await runRekey(capanel.session, ["rollback", KEY])).code, 0);
    commit();
    const { plan: pending } = await plan();
    assert.deepEqual(secretOf(pending)?.update, ["rollback"]);
    assert.equal(secretOf(pending)?.change, "none");
    await editRecord(capanel.session, KEY, { generation: 2, active: "a", slots: { a: 1 } });
    const { code, plan: found } = await plan();
    assert.equal(code, 1);
    assert.deepEqual(rules(found), ["retires-active", "base-not-deployed"]);
  });

  it("refuses a stage into a slot that is still in grace by the state", async () => {
    await editRecord(capanel.session, KEY, { generation: 2, active: "b", slots: { b: 2 } });
    commit();
    await editRecord(capanel.session, KEY, { generation: 3, active: "b", slots: { a: 3, b: 2 } });
    const { code, plan: found } = await plan();
    assert.equal(code, 1);
    assert.deepEqual(rules(found), ["stage-into-grace", "base-not-deployed"]);
    assert.match(
      found.findings[0]?.message ?? "",
      /slot a still holds generation 1 by the deployed/,
    );
  });
});
