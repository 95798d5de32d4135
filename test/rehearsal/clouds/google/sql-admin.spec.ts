/* eslint-disable @typescript-eslint/no-unsafe-member-access, @typescript-eslint/no-unsafe-assignment -- answers are read field by field */
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";

import { SecretText } from "../../../../components/secret-text";
import { type Postgres, startPostgres } from "../../../../rehearsal/clouds/postgres";
import { type Answer, PROJECT, startFake } from "./fixture";

const INSTANCE = "capanel-db";
const AT = { project: PROJECT, instance: INSTANCE };
const BASE = `/sql/v1beta4/projects/${PROJECT}/instances/${INSTANCE}`;
const OWNER = "capanel_owner";

function assertLegacy(answer: Answer, status: number, reason: string, message: RegExp): void {
  const {
    code,
    message: text,
    errors,
  } = answer.body.error as {
    code: number;
    message: string;
    errors: { reason: string }[];
  };
  assert.deepStrictEqual([answer.status, code, errors[0]?.reason], [status, status, reason], text);
  assert.match(text, message);
}

describe("fake Google Cloud: Cloud SQL users", () => {
  let dir: string;
  let server: Postgres;
  let google: Awaited<ReturnType<typeof startFake>>;

  const target = () => {
    const { host, port, adminUser, adminPassword } = server;
    return { host, port, adminUser, adminPassword, instance: INSTANCE };
  };
  const logIn = async (user: string, password: string, database = "capanel") => {
    const { host, port } = server;
    const client = new Client({ host, port, user, password, database });
    await client.connect();
    return client;
  };
  const asAdmin = async <Row extends object>(text: string) => {
    const client = await logIn(server.adminUser, server.adminPassword, "postgres");
    const { rows } = await client.query<Row>(text);
    await client.end();
    return rows;
  };
  const role = async (name: string) => {
    const rows = await asAdmin<Record<string, unknown>>(
      `SELECT rolcanlogin AS login, rolcreatedb AS db, rolcreaterole AS role, ARRAY(SELECT g.rolname::text FROM pg_auth_members m
       JOIN pg_roles g ON g.oid = m.roleid WHERE m.member = r.oid ORDER BY 1) AS member FROM pg_roles r WHERE rolname = '${name}'`,
    );
    return rows[0];
  };
  const insert = (body: object) => google.call("POST", `${BASE}/users`, body);

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), "rekey-test-"));
    server = await startPostgres({ dir: join(dir, "pg"), log: true });
    await asAdmin(`CREATE ROLE ${OWNER} NOLOGIN`);
    await asAdmin(`CREATE DATABASE capanel OWNER ${OWNER}`);
    google = await startFake({ postgres: target() });
  });
  after(async () => {
    await google.stop();
    await server.remove();
    await rm(dir, { recursive: true, force: true });
  });
  beforeEach(() => google.fake.writes.reset());

  it("describes the instance and its databases", async () => {
    const { body } = await google.call("GET", BASE);
    assert.match(body.databaseVersion as string, /^POSTGRES_\d+$/);
    assert.deepStrictEqual(
      [body.name, body.state, body.connectionName],
      [INSTANCE, "RUNNABLE", `${PROJECT}:europe-west1:${INSTANCE}`],
    );
    const one = await google.call("GET", `${BASE}/databases/capanel`);
    assert.equal(one.body.charset, "UTF8");
    const missing = await google.call("GET", BASE.replace(INSTANCE, "other"));
    assertLegacy(missing, 404, "instanceDoesNotExist", /instance does not exist/);
  });

  it("makes a user with roles a plain member of them, who can act as the owner", async () => {
    const answer = await insert({ name: "capanel_a", password: "a-1", databaseRoles: [OWNER] });
    assert.deepStrictEqual(
      [answer.body.kind, answer.body.status, answer.body.operationType],
      ["sql#operation", "DONE", "CREATE_USER"],
    );
    const found = { login: true, db: false, role: false, member: [OWNER] };
    assert.deepStrictEqual(await role("capanel_a"), found);
    const client = await logIn("capanel_a", "a-1");
    await client.query(`SET ROLE ${OWNER}`);
    await client.query("CREATE TABLE item (id int)");
    await client.end();
    const operation = await google.call(
      "GET",
      `/sql/v1beta4/projects/${PROJECT}/operations/${answer.body.name as string}`,
    );
    assert.equal(operation.body.status, "DONE");
    assert.deepStrictEqual(
      google.fake.writes.list().map(({ kind, resource }) => [kind, resource]),
      [["sqlUser.insert", "users/capanel_a"]],
    );
  });

  it("makes a user without roles a member of cloudsqlsuperuser", async () => {
    await insert({ name: "admin", password: "x" });
    const found = { login: true, db: true, role: true, member: ["cloudsqlsuperuser"] };
    assert.deepStrictEqual(await role("admin"), found);
  });

  it("takes an existing user's new password in an insert, and keeps its roles", async () => {
    await insert({ name: "twice", password: "one", databaseRoles: [OWNER] });
    assert.equal((await insert({ name: "twice", password: "two" })).status, 200);
    await assert.rejects(logIn("twice", "one"), /password authentication failed/);
    await (await logIn("twice", "two")).end();
    assert.deepStrictEqual((await role("twice"))?.["member"], [OWNER]);
  });

  it("updates password and roles in place and leaves open sessions alone", async () => {
    await insert({ name: "moving", password: "old", databaseRoles: [OWNER] });
    const session = await logIn("moving", "old");
    const [before] = await asAdmin("SELECT oid FROM pg_roles WHERE rolname = 'moving'");
    await google.client.sql.updateUser(AT, { name: "moving", password: new SecretText("new") });
    await session.query("SELECT 1");
    await session.end();
    await (await logIn("moving", "new")).end();
    assert.deepStrictEqual(await asAdmin("SELECT oid FROM pg_roles WHERE rolname = 'moving'"), [
      before,
    ]);
    assert.deepStrictEqual((await role("moving"))?.["member"], [OWNER]);
    const query = "name=moving&databaseRoles=cloudsqlsuperuser&revokeExistingRoles=true";
    await google.call("PUT", `${BASE}/users?${query}`, { databaseRoles: ["ignored"] });
    const found = { login: true, db: true, role: true, member: ["cloudsqlsuperuser"] };
    assert.deepStrictEqual(await role("moving"), found);
    await (await logIn("moving", "new")).end();
  });

  it("refuses unknown roles and users, foreign kinds of users and a missing password", async () => {
    const unknown = await insert({ name: "n", password: "canary-1", databaseRoles: ["nobody"] });
    assertLegacy(
      unknown,
      400,
      "invalid",
      /failed to create user n: \. role "nobody" does not exist/,
    );
    assert.ok(!JSON.stringify(unknown.body).includes("canary-1"));
    assert.equal(await role("n"), undefined);
    assertLegacy(await insert({ name: "n" }), 400, "invalid", /password is required/);
    assertLegacy(
      await insert({ name: "n", password: "x", host: "%" }),
      400,
      "invalid",
      /MySQL instances only/,
    );
    assertLegacy(
      await insert({ name: server.adminUser, password: "x" }),
      400,
      "invalid",
      /belongs to the system/,
    );
    const put = await google.call("PUT", `${BASE}/users?name=ghost`, { password: "x" });
    assertLegacy(put, 404, "userDoesNotExist", /ghost does not exist/);
    const gone = await google.call("DELETE", `${BASE}/users?name=ghost`);
    assertLegacy(gone, 404, "userDoesNotExist", /ghost does not exist/);
    assert.equal((await insert({ name: "n", passwort: "x" })).status, 400);
    assert.equal(google.fake.writes.count(), 0);
  });

  it("lists users without roles or passwords, and not its own administrator", async () => {
    await insert({ name: "listed", password: "x", databaseRoles: [OWNER] });
    const users = await google.client.sql.listUsers(AT);
    assert.ok(users.every(({ name }) => name !== server.adminUser && name !== OWNER));
    const one = users.find(({ name }) => name === "listed");
    assert.deepStrictEqual(Object.keys(one ?? {}).sort(), [
      "etag",
      "host",
      "instance",
      "kind",
      "name",
      "project",
      "type",
    ]);
    const got = await google.call("GET", `${BASE}/users/listed`);
    assert.deepStrictEqual(got.body, one);
  });

  it("drops a user, but not one that owns something", async () => {
    await insert({ name: "holder", password: "x", databaseRoles: [OWNER] });
    const client = await logIn("holder", "x");
    await client.query(`SET ROLE ${OWNER}`);
    await client.query("CREATE SCHEMA kept AUTHORIZATION capanel_owner");
    await client.query("RESET ROLE");
    await asAdmin("GRANT CREATE ON DATABASE capanel TO holder");
    await client.query("CREATE SCHEMA held");
    await client.end();
    const refused = await google.call("DELETE", `${BASE}/users?name=holder`);
    assertLegacy(
      refused,
      400,
      "invalid",
      /failed to delete user holder: \. role "holder" cannot be dropped because some objects depend on it Details: /,
    );
    await google.client.sql.deleteUser(AT, "listed");
    assert.equal(await role("listed"), undefined);
    assert.deepStrictEqual(google.fake.writes.byKind(), {
      "sqlUser.insert": 1,
      "sqlUser.delete": 1,
    });
  });

  it("changes one thing at a time and tells everybody else to come again", async () => {
    const blocker = await logIn(server.adminUser, server.adminPassword, "postgres");
    await blocker.query("BEGIN; LOCK TABLE pg_authid IN ACCESS EXCLUSIVE MODE");
    const first = insert({ name: "first", password: "x", databaseRoles: [OWNER] });
    // The first may not have arrived yet; then the second is the one that waits, which shows just the same.
    const both = [first, insert({ name: "second", password: "x", databaseRoles: [OWNER] })];
    const second = await Promise.race(both);
    await blocker.query("ROLLBACK");
    await blocker.end();
    assertLegacy(second, 409, "operationInProgress", /another operation was already in progress/);
    assert.deepStrictEqual(
      (await Promise.all(both)).map(({ status }) => status).sort(),
      [200, 409],
    );
    await Promise.all(
      ["p1", "p2", "p3"].map((name) =>
        google.client.sql.insertUser(AT, { name, password: new SecretText("x") }),
      ),
    );
  });

  it("answers at once with a running operation when asked to, and puts failures into it", async () => {
    const polled = await startFake({ postgres: target(), sqlAnswers: "running" });
    try {
      const password = new SecretText("polled-password");
      const user = { name: "polled", password, databaseRoles: [OWNER] };
      const raw = await polled.call("DELETE", `${BASE}/users?name=ghost`);
      assert.equal(raw.body.status, "RUNNING");
      await polled.client.sql.insertUser(AT, user);
      assert.ok(await role("polled"));
      await assert.rejects(
        polled.client.sql.insertUser(AT, { ...user, databaseRoles: ["nobody"] }),
        /invalid: .*role "nobody" does not exist/,
      );
    } finally {
      await polled.stop();
    }
  });

  it("says that the database is away, and works again when it is back", async () => {
    const port = server.port;
    await server.stop();
    assertLegacy(await google.call("GET", BASE), 503, "backendError", /temporarily unavailable/);
    server = await startPostgres({
      dir: join(dir, "pg"),
      port,
      log: true,
      adminPassword: server.adminPassword,
    });
    assert.equal((await google.call("GET", BASE)).status, 200);
  });

  it("keeps every password out of the server's log", async () => {
    const canary = "canary-Passw0rd-in-the-log";
    await insert({ name: "logged", password: canary, databaseRoles: [OWNER] });
    await (await logIn("logged", canary)).end();
    const log = await readFile(server.logFile, "utf8");
    assert.match(log, /ALTER ROLE "?logged"? PASSWORD 'SCRAM-SHA-256\$/);
    assert.ok(!log.includes(canary));
  });
});
