import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { Client } from "pg";
import { SecretText } from "../../components/secret-text";
import type { GoogleClient } from "../../operator/google";
import { silent } from "../../operator/output";
import { CapanelClouds, GOOGLE } from "../../rehearsal/systems/capanel/clouds";
import { Session, openSession } from "../../rehearsal/session";
import { writeSettings } from "../../rehearsal/settings";
import { capanelRehearsal } from "../../rehearsal/systems/capanel";
import { ENTRIES } from "../../rehearsal/systems/capanel/parts";
import { tryDatabase } from "../../rehearsal/systems/probes";
import { ENGINE_MS, runRekey, settingsFile } from "../support/rehearsal";

const DATABASE = { entry: "capanel-postgres-password", user: "capanel" };

describe("adoption of what already runs", function () {
  this.timeout(ENGINE_MS);
  let session: Session<CapanelClouds>;
  let client: GoogleClient;
  let settings: Record<string, unknown>;
  const values = new Map<string, SecretText>();

  before(async () => {
    session = await openSession(capanelRehearsal, {
      providers: "local",
      overlapSeconds: 0,
      progress: silent,
    });
    settings = await capanelRehearsal.prepare(session.clouds, session.project);
    client = session.clouds.google.client;
    await makeProduction();
    await writeSettings(session.project, session.engine, settings);
  });
  after(() => session?.close());

  /** One database user that owns its tables, and three entries in the store, made by hand long ago. */
  async function makeProduction(): Promise<void> {
    for (const secret of ["CLOUD_SQL_PASSWORD", "SECRET_KEY", "FIRST_SUPERUSER_PASSWORD"]) {
      const value = new SecretText(randomBytes(24).toString("base64url"));
      const name = `projects/${GOOGLE.project}/secrets/${ENTRIES[secret]}`;
      await client.secretManager.createSecret(GOOGLE.project, String(ENTRIES[secret]), {
        replication: { automatic: {} },
        labels: { team: "platform" },
      });
      await client.secretManager.addVersion(name, new SecretText("an-older-value"));
      await client.secretManager.addVersion(name, value);
      values.set(secret, value);
    }
    await client.sql.insertUser(
      { project: GOOGLE.project, instance: GOOGLE.instance },
      { name: DATABASE.user, password: values.get("CLOUD_SQL_PASSWORD") },
    );
    await asAdministrator(
      "GRANT CREATE ON SCHEMA public TO capanel",
      "CREATE TABLE old_table (id int)",
      "ALTER TABLE old_table OWNER TO capanel",
      // The role that the sample application's database starts with is what adoption makes where it is missing.
      "ALTER DATABASE capanel OWNER TO capanel",
      "DROP ROLE capanel_owner",
    );
  }

  async function asAdministrator(...statements: string[]): Promise<unknown[]> {
    const { host, port, adminUser: user, adminPassword: password } = session.clouds.postgres;
    const administrator = new Client({ host, port, user, password, database: "capanel" });
    await administrator.connect();
    try {
      const rows: unknown[] = [];
      for (const statement of statements)
        rows.push(...((await administrator.query(statement)).rows as unknown[]));
      return rows;
    } finally {
      await administrator.end();
    }
  }

  async function rolesNamed(name: string): Promise<string[]> {
    const rows = await asAdministrator(`SELECT rolname FROM pg_roles WHERE rolname = '${name}'`);
    return (rows as { rolname: string }[]).map(({ rolname }) => rolname);
  }

  function login(user: string, password: SecretText) {
    const { host, port } = session.clouds.postgres;
    return tryDatabase({ host, port, database: "capanel", user, password });
  }

  async function writes(): Promise<Record<string, number>> {
    const answer = await fetch(`${session.clouds.google.url}/_fake/writes`, {
      headers: { authorization: `Bearer ${session.clouds.google.token}` },
    });
    const { counts } = (await answer.json()) as { counts: Record<string, number> };
    return counts;
  }

  async function forgetWrites(): Promise<void> {
    await fetch(`${session.clouds.google.url}/_fake/writes`, {
      method: "DELETE",
      headers: { authorization: `Bearer ${session.clouds.google.token}` },
    });
  }

  function adopt(password: SecretText | undefined, ...more: string[]) {
    const { host, port } = session.clouds.postgres;
    const args = [
      "adopt",
      "--database-user",
      DATABASE.user,
      "--database-address",
      `${host}:${port}`,
    ];
    return runRekey(session, [...args, "--password-stdin", ...more], password?.reveal() ?? "");
  }

  it("a wrong password changes nothing and is never quoted", async () => {
    const before = await readFile(settingsFile(session), "utf8");
    const { code, err, out } = await adopt(new SecretText("not-the-password"));
    assert.equal(code, 2, err);
    assert.match(err, /refuses capanel/);
    assert.doesNotMatch(err + out, /not-the-password/);
    assert.equal(await readFile(settingsFile(session), "utf8"), before);
  });

  it("what is refused is refused before the database is touched", async () => {
    const before = await readFile(settingsFile(session), "utf8");
    const { secretManager } = client;
    const name = `projects/${GOOGLE.project}/secrets/${ENTRIES["SECRET_KEY"]}/versions`;
    for (const version of [1, 2]) await secretManager.disableVersion(`${name}/${version}`);
    try {
      const missing = await adopt(values.get("CLOUD_SQL_PASSWORD"));
      assert.equal(missing.code, 2, missing.err);
      assert.match(missing.err, /SECRET_KEY .*its new value is needed/);
      const both = await adopt(values.get("CLOUD_SQL_PASSWORD"), "--value-stdin");
      assert.equal(both.code, 2, both.err);
      assert.match(both.err, /--password-stdin, --value-stdin/);
    } finally {
      for (const version of [1, 2]) await secretManager.enableVersion(`${name}/${version}`);
    }
    assert.deepEqual(await rolesNamed("capanel_owner"), []);
    assert.equal(await readFile(settingsFile(session), "utf8"), before);
  });

  it("writes references, never values, and hands the objects to a no-login role", async () => {
    const { code, err } = await adopt(values.get("CLOUD_SQL_PASSWORD"));
    assert.equal(code, 0, err);
    const text = await readFile(settingsFile(session), "utf8");
    assert.match(text, /CLOUD_SQL_PASSWORD: ?\n? *\{? ?version: "2",? *\n? *user: capanel/);
    for (const value of values.values()) assert.ok(!text.includes(value.reveal()));
    assert.deepEqual(await rolesNamed("capanel_owner"), ["capanel_owner"]);
  });

  it("a second adoption changes nothing: no statement, no version, no setting", async () => {
    const before = await readFile(settingsFile(session), "utf8");
    await forgetWrites();
    const { code, out, err } = await adopt(values.get("CLOUD_SQL_PASSWORD"), "--json");
    assert.equal(code, 0, err);
    assert.deepEqual((JSON.parse(out) as { statements: string[] }).statements, []);
    assert.deepEqual(await writes(), {});
    assert.equal(await readFile(settingsFile(session), "utf8"), before);
  });

  it("the first update writes to no secret, no version and no database user", async () => {
    await forgetWrites();
    await session.update("adopt", { create: true });
    const kinds = Object.keys(await writes()).filter((kind) =>
      /^(secret|secretVersion|sqlUser)\./.test(kind),
    );
    assert.deepEqual(kinds, []);
    const value = values.get("CLOUD_SQL_PASSWORD") as SecretText;
    assert.equal(await login(DATABASE.user, value), "accepted");
  });

  it("generation 2 is the first generated one, and the single user becomes two without an interruption", async () => {
    const stage = {
      clouds: session.clouds,
      project: session.project,
      engine: session.engine,
      outputs: (await session.update("nothing")).outputs,
    };
    const traffic = await capanelRehearsal.traffic(stage, 20);
    try {
      assert.equal((await runRekey(session, ["rotate", "CLOUD_SQL_PASSWORD"])).code, 0);
      await session.update("rotate");
      const old = values.get("CLOUD_SQL_PASSWORD") as SecretText;
      assert.equal(await login(DATABASE.user, old), "accepted", "in grace");
      assert.equal((await runRekey(session, ["retire", "CLOUD_SQL_PASSWORD"])).code, 0);
      await session.update("retire");
      assert.equal(await login(DATABASE.user, old), "refused");
    } finally {
      const report = await traffic.stop();
      assert.deepEqual(report.failures, []);
      assert.ok(report.sent > 50);
    }
  });

  it("the adopted version is disabled, not destroyed: a person can still enable it", async () => {
    const name = `projects/${GOOGLE.project}/secrets/${DATABASE.entry}/versions/2`;
    assert.equal((await client.secretManager.getVersion(name)).state, "DISABLED");
  });

  it("the adopted user could be dropped, since it owned nothing any more", async () => {
    const users = await client.sql.listUsers({
      project: GOOGLE.project,
      instance: GOOGLE.instance,
    });
    const names = users.map(({ name }) => name).filter((name) => name.startsWith("capanel"));
    assert.deepEqual(
      names.filter((name) => name !== "capanel_local"),
      ["capanel_b"],
    );
  });
});
