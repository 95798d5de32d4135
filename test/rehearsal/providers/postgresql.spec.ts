import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as postgresql from "@pulumi/postgresql";
import * as pulumi from "@pulumi/pulumi";
import { Client } from "pg";
import { type Postgres, startPostgres } from "../../../rehearsal/clouds/postgres";
import { TestProject } from "./project";

const TOKEN = "postgresql:index/role:Role";

describe("rehearsal/providers postgresql, on the real engine and a real server", function () {
  this.timeout(180_000);
  let dir: string;
  let postgres: Postgres;
  let project: TestProject;

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), "rekey-providers-postgresql-"));
    postgres = await startPostgres({ dir: join(dir, "postgres") });
    await sql("CREATE ROLE app_group; CREATE ROLE app_owner");
    await sql("CREATE TABLE items (id int); CREATE TABLE others (id int)");
    await sql("CREATE ROLE legacy LOGIN PASSWORD 'legacy' CONNECTION LIMIT 7 IN ROLE app_group");
    project = await TestProject.create();
    await configure({});
  });

  after(async () => {
    await project?.remove();
    await postgres?.remove();
    await rm(dir, { recursive: true, force: true });
  });

  async function configure(more: Record<string, string>): Promise<void> {
    const { host, port, adminUser, adminPassword } = postgres;
    await project.configure(
      {
        "postgresql:host": host,
        "postgresql:port": String(port),
        "postgresql:username": adminUser,
        "postgresql:sslmode": "disable",
        ...more,
      },
      { "postgresql:password": adminPassword },
    );
  }

  async function sql<T>(
    statement: string,
    user = postgres.adminUser,
    password?: string,
    database = "postgres",
  ) {
    const { host, port, adminPassword } = postgres;
    const client = new Client({
      ...{ host, port, user, database },
      password: password ?? adminPassword,
    });
    await client.connect();
    try {
      return (await client.query(statement)).rows as T[];
    } finally {
      await client.end();
    }
  }

  interface Wanted {
    name?: string;
    password?: string;
    privileges?: string[];
    limit?: number;
    admin?: boolean;
    extra?: () => void;
  }

  const program =
    ({ name = "app_a", password = "first-value", privileges = ["SELECT"], ...rest }: Wanted) =>
    () => {
      new postgresql.Role("role", {
        name,
        login: true,
        password,
        roles: ["app_group"],
        searchPaths: ["public", "My Schema"],
        statementTimeout: 5000,
        ...(rest.limit === undefined ? {} : { connectionLimit: rest.limit }),
      });
      new postgresql.Grant("grant", {
        ...{ role: "app_group", database: "postgres", schema: "public" },
        ...{ objectType: "table", objects: ["items"], privileges },
      });
      new postgresql.DefaultPrivileges("defaults", {
        ...{ role: "app_group", database: "postgres", owner: "app_owner" },
        ...{ objectType: "sequence", privileges: ["ALL"] },
      });
      new postgresql.GrantRole("member", {
        ...{ role: "app_group", grantRole: "pg_monitor" },
        withAdminOption: rest.admin ?? false,
      });
      rest.extra?.();
      return Promise.resolve();
    };
  it("creates with the official ids, and then neither an update nor a refresh finds anything to do", async () => {
    await project.up(program({}));
    assert.deepEqual((await project.refresh()).differences, []);
    assert.deepEqual((await project.up(program({}))).steps, []);
    const ids = ["role", "grant", "defaults", "member"];
    assert.deepEqual(await Promise.all(ids.map(async (one) => (await project.resource(one)).id)), [
      "app_a",
      "app_group_postgres_public_table_items",
      "app_group_postgres_noschema_app_owner_sequence",
      "app_group_pg_monitor_false",
    ]);
    assert.ok(!(await project.state()).includes("first-value"));
  });

  it("sets attributes, memberships, settings and rights at the server", async () => {
    const settings = await sql("SHOW search_path", "app_a", "first-value");
    assert.deepEqual(settings, [{ search_path: 'public, "My Schema"' }]);
    assert.deepEqual(await sql("SHOW statement_timeout", "app_a", "first-value"), [
      { statement_timeout: "5s" },
    ]);
    await sql("SELECT FROM items", "app_a", "first-value");
    await assert.rejects(sql("SELECT FROM others", "app_a", "first-value"), /permission denied/);
  });

  it("changes password, attributes, privileges and even the name in place, and replaces a membership", async () => {
    const wanted: Wanted = {
      ...{ name: "app_b", password: "second-value", limit: 3, admin: true },
      privileges: ["SELECT", "INSERT"],
    };
    const oid = await sql("SELECT oid FROM pg_roles WHERE rolname = 'app_a'");
    const plan = await project.preview(program(wanted));
    assert.deepEqual(plan.differences.sort(), [
      "grant privileges[1] add",
      "member withAdminOption update-replace",
      "role connectionLimit update",
      "role name update",
      "role password update",
    ]);
    await project.up(program(wanted));
    assert.deepEqual(await sql("SELECT oid FROM pg_roles WHERE rolname = 'app_b'"), oid);
    await sql("INSERT INTO items VALUES (1)", "app_b", "second-value");
    await assert.rejects(sql("SELECT 1", "app_b", "first-value"), /authentication failed/);
    await project.up(program({}));
  });

  it("finds drift in attributes and rights by a refresh, and repairs it", async () => {
    await sql("ALTER ROLE app_a NOLOGIN; REVOKE ALL ON items FROM app_group");
    await project.refresh();
    const { steps, differences } = await project.up(program({}));
    assert.deepEqual(steps, ["update postgresql:index/grant:Grant grant", `update ${TOKEN} role`]);
    assert.ok(differences.includes("role login update"), differences.join());
    await sql("SELECT FROM items", "app_a", "first-value");
  });

  it("takes a role over by its name without changing it, its verifier kept secret", async () => {
    const extra = () =>
      new postgresql.Role(
        "legacy",
        { name: "legacy", login: true },
        { import: "legacy", ignoreChanges: ["password", "roles", "connectionLimit"] },
      );
    const { steps } = await project.up(program({ extra }));
    assert.deepEqual(steps, [`import ${TOKEN} legacy`]);
    assert.deepEqual((await project.up(program({ extra }))).steps, []);
    assert.ok(!(await project.state()).includes("SCRAM-SHA-256$"));
    assert.deepEqual(await sql("SELECT 1 AS one", "legacy", "legacy"), [{ one: 1 }]);
    assert.equal((await project.resource("legacy")).inputs["connectionLimit"], 7);
  });

  it("drops a role with what it owns here, and fails for one that owns something in another database", async () => {
    await sql("GRANT CREATE ON SCHEMA public TO app_a");
    await sql("CREATE TABLE mine (id int)", "app_a", "first-value");
    await sql("CREATE DATABASE elsewhere");
    await sql("GRANT CREATE ON SCHEMA public TO app_a", undefined, undefined, "elsewhere");
    await assert.rejects(project.destroy(), /role "app_a" cannot be dropped/);
    await sql("DROP OWNED BY app_a", undefined, undefined, "elsewhere");
    await project.destroy();
    assert.deepEqual(await sql("SELECT FROM pg_roles WHERE rolname IN ('app_a', 'legacy')"), []);
    assert.deepEqual(await sql("SELECT tableowner FROM pg_tables WHERE tablename = 'mine'"), [
      { tableowner: "postgres" },
    ]);
  });

  it("refuses unknown inputs, unknown privileges and servers that are not this machine", async () => {
    const typo = () => {
      class Untyped extends pulumi.CustomResource {}
      new Untyped(TOKEN, "typo", { name: "app_c", pasword: "x" });
      return Promise.resolve();
    };
    await assert.rejects(
      project.preview(typo),
      /unknown input "pasword" of postgresql:index\/role:Role/,
    );
    await assert.rejects(
      project.preview(program({ privileges: ["FLY"] })),
      /FLY is no privilege on a table; allowed: ALL, SELECT, INSERT/,
    );
    await configure({ "postgresql:host": "db.example.com" });
    await assert.rejects(project.preview(program({})), /must be this machine \(127\.0\.0\.1\)/);
  });
});
