import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { PostgresAdmin } from "../../components";
import { retireRole } from "../../components/consumers/postgres-retirement";
import { stableVerifier } from "../../components/consumers/postgres-verifier";
import { RolesServer, ended } from "./postgres-roles-fixture";

const REFUSED = /password authentication failed/;
const PASSWORD = "Value-of-the-retired-generation-1";

describe("rehearsal/postgres-roles: how a retired user leaves a real server", function () {
  this.timeout(60_000);
  let server: RolesServer;
  /** An administrator as clouds give one: makes roles, is no superuser. */
  let limited: PostgresAdmin;

  before(async () => {
    server = await RolesServer.start();
    await server.sql("CREATE ROLE limited LOGIN CREATEROLE CREATEDB PASSWORD 'limited'");
    limited = { ...server.admin(), username: "limited", password: pulumi.secret("limited") };
    await server.sql("CREATE DATABASE app OWNER limited");
    await server.sql("CREATE ROLE app_owner", "app", "limited", "limited");
  });
  after(() => server?.remove());

  beforeEach(async () => {
    const verifier = stableVerifier(PASSWORD, "app_a");
    await server.sql(`CREATE ROLE app_a LOGIN PASSWORD '${verifier}'`, "app", "limited", "limited");
    await server.sql("GRANT CREATE ON SCHEMA public TO app_a", "app", "limited", "limited");
  });
  afterEach(() => server.sql("DROP OWNED BY app_a; DROP ROLE app_a", "app"));

  const retire = (drainSeconds: number, admin = server.admin()) =>
    retireRole("app_a", { admin, ownerRole: "app_owner", drainSeconds });
  const open = () => server.open("app", "app_a", PASSWORD);

  it("refuses new log-ins from the first moment on, and waits for open connections no longer than they last", async () => {
    const client = await open();
    const leaving = retire(30);
    await server.closed("app_a");
    await assert.rejects(server.login("app_a", PASSWORD), REFUSED);
    assert.equal((await client.query("SELECT 1 AS one")).rowCount, 1, "it was cut, not drained");
    const left = Date.now();
    await client.end();
    assert.deepEqual(await leaving, { drained: 1, ended: 0 });
    assert.ok(Date.now() - left < 5_000);
  });

  it("ends every connection within a second when there is no time to drain", async () => {
    const clients = await Promise.all(Array.from({ length: 20 }, open));
    const cut = Promise.all(clients.map(ended));
    const began = Date.now();
    const leaving = retire(0);
    await cut;
    const took = Date.now() - began;
    assert.deepEqual(await leaving, { drained: 0, ended: 20 });
    assert.ok(took < 1_000, `it took ${took} ms`);
  });

  it("needs no superuser, and leaves that administrator without any membership", async () => {
    const client = await open();
    await client.query("CREATE TABLE made (id int)");
    const cut = ended(client);
    assert.deepEqual(await retire(0, limited), { drained: 0, ended: 1 });
    await cut;
    assert.deepEqual(
      await server.sql("SELECT tableowner FROM pg_tables WHERE tablename = 'made'", "app"),
      [{ tableowner: "app_owner" }],
    );
    const usable = await server.sql(
      "SELECT FROM pg_auth_members WHERE member = 'limited'::regrole AND (set_option OR inherit_option)",
    );
    assert.deepEqual(usable, []);
    await server.sql("DROP TABLE made", "app");
  });

  it("does what was done already again without harm, and gives the provider something to drop", async () => {
    assert.deepEqual(await retire(0), { drained: 0, ended: 0 });
    assert.deepEqual(await retire(0), { drained: 0, ended: 0 });
    await server.sql("DROP ROLE app_a");
    assert.deepEqual(await retire(0), { drained: 0, ended: 0 });
    const [role] = await server.sql<{ rolcanlogin: boolean }>(
      "SELECT rolcanlogin FROM pg_roles WHERE rolname = 'app_a'",
    );
    assert.equal(role?.rolcanlogin, false);
  });

  it("opens again with the slot's next generation, if the drop did not happen", async () => {
    await retire(0);
    await assert.rejects(server.login("app_a", PASSWORD), REFUSED);
    const next = "Value-of-the-next-generation-2";
    await server.sql(`ALTER ROLE app_a PASSWORD '${stableVerifier(next, "app_a")}'`);
    assert.equal(await server.login("app_a", next), "app_a");
  });

  it("stops with the owner's name when there is no such role", async () => {
    const retirement = { admin: server.admin(), ownerRole: "app_none", drainSeconds: 0 };
    await assert.rejects(retireRole("app_a", retirement), /role "app_none" does not exist/);
  });
});
