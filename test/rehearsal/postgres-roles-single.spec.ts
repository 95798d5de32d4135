import assert from "node:assert/strict";
import type { RotationRecord } from "../../components";
import { stableVerifier } from "../../components/consumers/postgres-verifier";
import { RolesStage } from "./postgres-roles-fixture";

const STAGED: RotationRecord = { generation: 2, active: "a", slots: { a: 1, b: 2 } };
const GRACE: RotationRecord = { generation: 2, active: "b", slots: { a: 1, b: 2 } };
const ROLE = "postgresql:index/role:Role";
const REFUSED = /password authentication failed/;

describe("rehearsal/postgres-roles: one user, on the real engine and a real server", function () {
  this.timeout(180_000);
  const single = { users: "single" } as const;
  let stage: RolesStage;

  before(async () => {
    stage = await RolesStage.start();
    await stage.sql("CREATE ROLE app_owner");
  });
  after(() => stage?.remove());

  it("takes an owner role that is there, and one that a killed update left, as its own", async () => {
    // `app_owner` stands for the latter: it cannot log in and nothing refers to it.
    await stage.up(STAGED, single);
    assert.deepEqual(await stage.roles(), ["app", "app_owner", "app_users"]);
    assert.equal(await stage.login("app", await stage.password("a")), "app");
  });

  it("previews a password change as an update of the password, never as a replacement", async () => {
    const { steps, differences } = await stage.preview(GRACE, single);
    assert.deepEqual(
      steps.filter((step) => step.includes(ROLE)),
      [`update ${ROLE} db-user`],
    );
    assert.deepEqual(differences, ["db-user password update"]);
  });

  it("accepts the new password and refuses the old one from the activation on, and open connections go on", async () => {
    const [old, next] = [await stage.password("a"), await stage.password("b")];
    const open = await stage.open("app", "app", old);
    const before = await stage.sql("SELECT oid FROM pg_roles WHERE rolname = 'app'");
    await stage.up(GRACE, single);
    assert.deepEqual(await stage.sql("SELECT oid FROM pg_roles WHERE rolname = 'app'"), before);
    assert.equal(await stage.login("app", next), "app");
    await assert.rejects(stage.login("app", old), REFUSED);
    assert.equal((await open.query("SELECT 1 AS one")).rowCount, 1);
    await open.end();
    const log = await stage.log();
    assert.ok(!log.includes(old) && !log.includes(next));
  });
});

describe("rehearsal/postgres-roles: what a killed update left, on the real engine and a real server", function () {
  this.timeout(180_000);
  let stage: RolesStage;

  before(async () => {
    stage = await RolesStage.start();
    // The values are there and their roles are not, as after a kill between the two.
    await stage.up(STAGED, { declared: false });
  });
  after(() => stage?.remove());

  it("fails on a role that somebody else made, and leaves it as it is", async () => {
    await stage.sql(`CREATE ROLE app_b LOGIN PASSWORD '${stableVerifier("theirs", "app_b")}'`);
    await assert.rejects(stage.up(STAGED), /role "app_b" already exists/);
    assert.equal(await stage.login("app_b", "theirs"), "app_b");
    await stage.sql("DROP ROLE app_b");
  });

  it("replaces a role that has the slot's own verifier", async () => {
    const value = await stage.password("b");
    await stage.sql(`CREATE ROLE app_b LOGIN PASSWORD '${stableVerifier(value, "app_b")}'`);
    await stage.up(STAGED);
    assert.equal(await stage.login("app_b", value), "app_b");
    const members = await stage.sql(
      "SELECT FROM pg_auth_members WHERE member = 'app_b'::regrole AND roleid = 'app_users'::regrole",
    );
    assert.equal(members.length, 1);
  });

  it("retires a role that the killed update had dropped already", async () => {
    await stage.sql("DROP ROLE app_b");
    const withdrawn: RotationRecord = { generation: 2, active: "a", slots: { a: 1 } };
    await stage.up(withdrawn);
    assert.deepEqual(await stage.roles(), ["app_a", "app_owner", "app_users"]);
  });
});
