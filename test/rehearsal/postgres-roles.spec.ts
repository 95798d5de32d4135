import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import * as pulumi from "@pulumi/pulumi";
import type { RotationRecord } from "../../components";
import { RolesStage, ended } from "./postgres-roles-fixture";

const REST: RotationRecord = { generation: 1, active: "a", slots: { a: 1 } };
const ROLE = "postgresql:index/role:Role";
const RANDOM = "random:index/randomPassword:RandomPassword";
const REFUSED = /password authentication failed/;

describe("rehearsal/postgres-roles: two users that take turns, on the real engine and a real server", function () {
  this.timeout(180_000);
  let stage: RolesStage;
  const grace = (graceEnds = "2999-12-31T23:59:59Z"): RotationRecord => ({
    generation: 2,
    active: "b",
    slots: { a: 1, b: 2 },
    graceEnds,
  });
  const rotated: RotationRecord = { generation: 2, active: "b", slots: { b: 2 } };
  let first: string;
  let ready = true;
  const verified = (record: RotationRecord) => () => {
    const beforeRetirement = new pulumi.ResourceHook("verified", () => {
      if (!ready) throw new Error("a consumer is not ready");
    });
    return stage.program(record, { beforeRetirement })();
  };

  before(async () => {
    stage = await RolesStage.start();
    await stage.sql("CREATE TABLE older (id serial, note text)", "app");
  });
  after(() => stage?.remove());

  it("makes an owner, a group with the rights and one user that can work, now and with tables to come", async () => {
    const { steps } = await stage.up(REST);
    assert.deepEqual(
      steps.filter((step) => step.includes(ROLE)),
      [`create ${ROLE} db-a`, `create ${ROLE} db-group`, `create ${ROLE} db-owner`],
    );
    first = await stage.password("a");
    assert.equal(await stage.login("app_a", first), "app_a");
    await stage.sql("GRANT CREATE ON SCHEMA public TO app_owner", "app");
    await stage.sql("SET ROLE app_owner; CREATE TABLE newer (id serial, note text)", "app");
    for (const table of ["older", "newer"])
      await stage.sql(`INSERT INTO ${table} (note) VALUES ('x')`, "app", "app_a", first);
    await assert.rejects(stage.sql("DROP TABLE newer", "app", "app_a", first), /must be owner/);
  });

  it("plans nothing a second time, finds no drift, and the salt stays the same", async () => {
    assert.deepEqual((await stage.up(REST)).steps, []);
    const { differences } = await stage.project.refresh();
    assert.deepEqual(differences, []);
    assert.deepEqual((await stage.up(REST)).steps, []);
  });

  it("finds a password that somebody set by hand, and sets the slot's again", async () => {
    await stage.sql("ALTER ROLE app_a PASSWORD 'set by hand'");
    await assert.rejects(stage.login("app_a", first), REFUSED);
    await stage.project.refresh();
    assert.deepEqual((await stage.up(REST)).steps, [`update ${ROLE} db-a`]);
    assert.equal(await stage.login("app_a", first), "app_a");
  });

  it("rotates to the other user, and the old one still gets in while it is in grace", async () => {
    const { steps, differences } = await stage.up(grace());
    assert.deepEqual(
      steps,
      [`create ${RANDOM} db-b`, `create ${ROLE} db-b`, `update ${ROLE} db-a`].sort(),
    );
    assert.deepEqual(differences, ["db-a validUntil update"]);
    assert.equal(await stage.login("app_b", await stage.password("b")), "app_b");
    assert.equal(await stage.login("app_a", first), "app_a");
    await assert.rejects(stage.login("app_b", first), REFUSED);
    assert.deepEqual((await stage.project.refresh()).differences, []);
  });

  it("ends the grace at the server by itself, without another update", async () => {
    const began = Date.now();
    await stage.preview(grace());
    // Longer than an update takes on this machine now.
    const ends = new Date(Date.now() + 2 * (Date.now() - began) + 4_000);
    await stage.up(grace(ends.toISOString()));
    assert.equal(await stage.login("app_a", first), "app_a");
    await pause(Math.max(0, ends.getTime() - Date.now()));
    await assert.rejects(stage.login("app_a", first), REFUSED);
  });

  it("takes the end of the grace away by a roll back", async () => {
    const back: RotationRecord = { generation: 2, active: "a", slots: { a: 1, b: 2 } };
    const { steps, differences } = await stage.up(back);
    assert.deepEqual(steps, [`update ${ROLE} db-a`]);
    assert.deepEqual(differences, ["db-a validUntil update"]);
    assert.equal(await stage.login("app_a", first), "app_a");
  });

  it("retires nothing while the verification fails, and the old user goes on working", async () => {
    ready = true;
    await stage.project.up(verified(grace()));
    ready = false;
    await assert.rejects(stage.project.up(verified(rotated)), /a consumer is not ready/);
    assert.equal(await stage.login("app_a", first), "app_a");
    ready = true;
  });

  it("retires a user with open connections, grants, default privileges and tables of its own", async () => {
    await stage.sql("CREATE DATABASE other");
    for (const database of ["app", "other"]) {
      await stage.sql("GRANT ALL ON SCHEMA public TO app_a", database);
      await stage.sql("CREATE TABLE made_by_a (id int)", database, "app_a", first);
      await stage.sql(
        "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC",
        database,
        "app_a",
        first,
      );
      await stage.sql("ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO app_a", database);
    }
    const drained = await stage.open("app", "app_a", first);
    const stuck = await stage.open("app", "app_a", first);
    await stuck.query("BEGIN; SELECT 1");
    // The retirement closes the door first: that is when a well-behaved client gives its connection back.
    const leaving = stage.closed("app_a").then(() => drained.end());
    const cut = ended(stuck);
    const { steps, messages } = await stage.project.up(verified(rotated));
    await Promise.all([leaving, cut]);
    assert.deepEqual(steps, [`delete ${ROLE} db-a`, `delete ${RANDOM} db-a`]);
    assert.match(
      messages.join("\n"),
      /role app_a retired: 1 connections ended by themselves, 1 were ended after 2 s/,
    );
    assert.deepEqual(await stage.roles(), ["app_b", "app_owner", "app_users"]);
    for (const database of ["app", "other"])
      assert.deepEqual(
        await stage.sql(
          "SELECT tableowner AS owner FROM pg_tables WHERE tablename = 'made_by_a'",
          database,
        ),
        [{ owner: "app_owner" }],
      );
    await assert.rejects(stage.login("app_a", first), REFUSED);
    assert.equal(await stage.login("app_b", await stage.password("b")), "app_b");
  });

  it("ends connections at once in an emergency", async () => {
    const second = await stage.password("b");
    await stage.up({ generation: 3, active: "a", slots: { a: 3, b: 2 } });
    const open = await stage.open("app", "app_b", second);
    const cut = ended(open);
    const { messages } = await stage.up(
      { generation: 3, active: "a", slots: { a: 3 } },
      { drainSeconds: 0 },
    );
    await cut;
    assert.match(messages.join("\n"), /0 connections ended by themselves, 1 were ended after 0 s/);
    assert.notEqual(await stage.password("a"), first);
    assert.equal(await stage.login("app_a", await stage.password("a")), "app_a");
    await assert.rejects(stage.login("app_a", first), REFUSED);
  });

  it("never shows a password to the server, its log or the state", async () => {
    const values = [first, await stage.password("a")];
    await stage.sql("SELECT 'seen in the log'");
    const log = await stage.log();
    assert.match(log, /seen in the log/);
    assert.match(log, /CREATE ROLE "app_b" WITH ENCRYPTED PASSWORD 'SCRAM-SHA-256\$/);
    const state = await stage.project.state();
    for (const value of values) assert.ok(!log.includes(value) && !state.includes(value));
  });
});
