import assert from "node:assert/strict";
import { removeOrphan } from "../../components/consumers/postgres-orphans";
import { stableVerifier } from "../../components/consumers/postgres-verifier";
import { RolesServer } from "./postgres-roles-fixture";

const PASSWORD = "Value-of-generation-2";
const VERIFIER = stableVerifier(PASSWORD, "app_b");

describe("rehearsal/postgres-orphans: a role that a killed update left, with an administrator who is no superuser", function () {
  this.timeout(60_000);
  let server: RolesServer;

  before(async () => {
    server = await RolesServer.start();
    await server.sql("CREATE ROLE rekey LOGIN CREATEROLE PASSWORD 'limited'");
    await server.sql("CREATE DATABASE app");
    await server.sql("CREATE ROLE app_users", "app", "rekey", "limited");
  });
  after(() => server?.remove());
  afterEach(() => server.sql("DROP OWNED BY app_b; DROP ROLE app_b", "app"));

  const create = `CREATE ROLE app_b LOGIN PASSWORD '${VERIFIER}' IN ROLE app_users`;
  const asLimited = (statement: string) => server.sql(statement, "app", "rekey", "limited");

  /** Whether the role is there after it was looked at. */
  async function stays(): Promise<boolean> {
    const client = await server.open("app", "rekey", "limited");
    try {
      await removeOrphan(client, "app_b", VERIFIER);
    } finally {
      await client.end();
    }
    return (await server.roles()).includes("app_b");
  }

  it("goes, so that it can be made again", async () => {
    await asLimited(create);
    assert.equal(await stays(), false);
    await asLimited(create);
  });

  it("stays while somebody is connected as it", async () => {
    await asLimited(create);
    const session = await server.open("app", "app_b", PASSWORD);
    assert.equal(await stays(), true);
    await session.end();
  });

  it("stays where it owns something", async () => {
    await asLimited(create);
    await server.sql("CREATE TABLE kept (id int); ALTER TABLE kept OWNER TO app_b", "app");
    assert.equal(await stays(), true);
  });

  it("stays where something was granted to it", async () => {
    await asLimited(create);
    await server.sql("CREATE TABLE read (id int); GRANT SELECT ON read TO app_b", "app");
    assert.equal(await stays(), true);
  });

  it("stays where somebody else made it, and gave this administrator the right to drop it", async () => {
    await server.sql(create);
    await server.sql("GRANT app_b TO rekey WITH ADMIN OPTION");
    assert.equal(await stays(), true);
  });
});
