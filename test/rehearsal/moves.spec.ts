import assert from "node:assert/strict";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { held } from "../../rehearsal/systems/system";
import { capanelRehearsal } from "../../rehearsal/systems/capanel";
import { tryDatabase } from "../../rehearsal/systems/probes";
import { ENGINE_MS, Rehearsed, capanelUp, editRecord, runRekey } from "../support/rehearsal";

const DAY_MS = 24 * 60 * 60 * 1000;

describe("moves on the real engine", function () {
  this.timeout(ENGINE_MS);
  let capanel: Rehearsed;

  before(async () => {
    capanel = await capanelUp();
  });
  after(() => capanel?.session.close());

  it("a second update without a change plans nothing", async () => {
    const { changes } = await capanel.session.update("again", { expectNoChanges: true });
    assert.deepEqual(Object.keys(changes), ["same"]);
  });

  it("an update passes with a finding that policies.json accepts, and no longer after its last day", async () => {
    const { session } = capanel;
    const file = join(session.project.work, "policies.json");
    const accept = (days: number) => {
      const expires = new Date(Date.now() + days * DAY_MS).toISOString().slice(0, 10);
      const urn = "capanel-*";
      const reason = "the rehearsal asks for more than anybody makes";
      return writeFile(
        file,
        JSON.stringify({
          suppressions: [{ rule: "no-weak-password", urn, reason, expires }],
          rules: { "no-weak-password": { minLength: 500 } },
        }),
      );
    };
    try {
      await accept(-2);
      const refused = await runRekey(session, ["up"]);
      assert.equal(refused.code, 1);
      assert.match(refused.err, /no-weak-password: .*its suppression has expired/s);
      await accept(2);
      const accepted = await runRekey(session, ["up", "--expect-no-changes"]);
      assert.equal(accepted.code, 0, accepted.err);
    } finally {
      await rm(file, { force: true });
    }
  });

  it("the engine itself refuses a bump of the active slot that was made by hand", async () => {
    const { session, stage } = capanel;
    const before = await capanelRehearsal.hold(stage);
    await editRecord(session, "CLOUD_SQL_PASSWORD", {
      generation: 2,
      active: "a",
      slots: { a: 2 },
    });
    await assert.rejects(session.update("bump"), (error: Error) => {
      assert.match(error.message, /protect/i);
      assert.doesNotMatch(error.message, /at Object|node_modules/);
      return true;
    });
    const { postgres } = session.clouds;
    const { value, username } = held(before, "CLOUD_SQL_PASSWORD");
    const login = { host: postgres.host, port: postgres.port, database: "capanel" };
    const answer = await tryDatabase({ ...login, user: String(username), password: value });
    assert.equal(answer, "accepted", "the value in use was touched");
    await editRecord(session, "CLOUD_SQL_PASSWORD", {
      generation: 1,
      active: "a",
      slots: { a: 1 },
    });
    await session.update("mend");
  });

  it("a stage of a secret with one user at a time touches its idle slot only", async () => {
    const { session } = capanel;
    assert.equal((await runRekey(session, ["stage", "CLOUD_SQL_PASSWORD"])).code, 0);
    const { observed } = await session.update("stage");
    const steps = observed.steps.map(({ operation, name }) => `${operation} ${name}`).sort();
    assert.deepEqual(steps, [
      "create capanel-database-b",
      "create capanel-database-users-b",
      "create capanel-postgres-password-g2",
    ]);
  });

  it("an activation touches its store entry and its consumers only", async () => {
    const { session } = capanel;
    assert.equal((await runRekey(session, ["activate", "CLOUD_SQL_PASSWORD"])).code, 0);
    const { observed } = await session.update("activate");
    const steps = observed.steps.map(({ operation, name }) => `${operation} ${name}`).sort();
    assert.deepEqual(steps, [
      "update capanel-api-service",
      "update capanel-postgres-password-secret",
      "update capanel-seed-admin-job",
    ]);
  });

  it("a roll back and a second activation end in the same state as the straight way", async () => {
    const { session, stage } = capanel;
    const straight = await capanelRehearsal.hold(stage);
    assert.equal((await runRekey(session, ["rollback", "CLOUD_SQL_PASSWORD"])).code, 0);
    await session.update("roll back");
    assert.equal((await runningUser(capanel)).username, "capanel_a");
    assert.equal((await runRekey(session, ["activate", "CLOUD_SQL_PASSWORD"])).code, 0);
    await session.update("activate again");
    const again = await capanelRehearsal.hold(stage);
    const name = "CLOUD_SQL_PASSWORD";
    assert.equal(held(again, name).username, held(straight, name).username);
    assert.equal(held(again, name).value.reveal(), held(straight, name).value.reveal());
  });

  it("a retirement drops the old user and disables its version, and nothing else goes", async () => {
    const { session } = capanel;
    assert.equal((await runRekey(session, ["retire", "CLOUD_SQL_PASSWORD"])).code, 0);
    const { observed } = await session.update("retire");
    const steps = observed.steps.map(({ operation, name }) => `${operation} ${name}`).sort();
    assert.deepEqual(steps, [
      "delete capanel-database-a",
      "delete capanel-database-users-a",
      "delete capanel-postgres-password-g1",
    ]);
  });

  it("a staged generation that proved bad is withdrawn, and its number is not used again", async () => {
    const { session } = capanel;
    const staged = await runRekey(session, ["stage", "FIRST_SUPERUSER_PASSWORD", "--json"]);
    assert.equal(staged.code, 0);
    await session.update("stage");
    assert.equal((await runRekey(session, ["withdraw", "FIRST_SUPERUSER_PASSWORD"])).code, 0);
    const { observed } = await session.update("withdraw");
    assert.ok(observed.steps.every(({ operation }) => operation === "delete"));
    const next = await runRekey(session, ["stage", "FIRST_SUPERUSER_PASSWORD", "--json"]);
    const [move] = (JSON.parse(next.out) as { moves: { to: { generation: number } }[] }).moves;
    assert.equal(move?.to.generation, 3);
  });
});

async function runningUser({ stage }: Rehearsed) {
  return held(await capanelRehearsal.hold(stage), "CLOUD_SQL_PASSWORD");
}
