import assert from "node:assert/strict";
import { Client } from "pg";
import { held } from "../../rehearsal/systems/system";
import { capanelRehearsal } from "../../rehearsal/systems/capanel";
import { logIn, tryDatabase } from "../../rehearsal/systems/probes";
import { ADMIN, LOGIN, api } from "../../rehearsal/systems/capanel/parts";
import { ENGINE_MS, Rehearsed, capanelUp, runRekey, startRekey } from "../support/rehearsal";

describe("when a consumer fails", function () {
  this.timeout(ENGINE_MS);
  let capanel: Rehearsed;

  before(async () => {
    capanel = await capanelUp();
  });
  after(() => capanel?.session.close());

  async function asAdministrator(statement: string): Promise<void> {
    const {
      host,
      port,
      adminUser: user,
      adminPassword: password,
    } = capanel.session.clouds.postgres;
    const client = new Client({ host, port, user, password, database: "capanel" });
    await client.connect();
    try {
      await client.query(statement);
    } finally {
      await client.end();
    }
  }

  it("a re-seeding that fails fails the update, and the next up makes it again", async () => {
    const { session, stage } = capanel;
    const before = held(await capanelRehearsal.hold(stage), "FIRST_SUPERUSER_PASSWORD");
    assert.equal((await runRekey(session, ["rotate", "FIRST_SUPERUSER_PASSWORD"])).code, 0);
    await asAdministrator("ALTER TABLE users RENAME COLUMN is_active TO is_away");
    const failed = await runRekey(session, ["up"]);
    assert.equal(failed.code, 1);
    assert.match(failed.err, /capanel-seed-admin/);
    assert.doesNotMatch(failed.err, /\n\s+at .*\.ts/, "a stack trace");
    await asAdministrator("ALTER TABLE users RENAME COLUMN is_away TO is_active");
    const next = await runRekey(session, ["up", "--json"]);
    assert.equal(next.code, 0, next.err);
    assert.equal(await logIn(`${api(stage)}${LOGIN}`, ADMIN, before.value), "refused");
    const now = held(await capanelRehearsal.hold(stage), "FIRST_SUPERUSER_PASSWORD");
    assert.notEqual(await logIn(`${api(stage)}${LOGIN}`, ADMIN, now.value), "refused");
  });

  it("a roll back of the administrator's password re-seeds the previous one", async () => {
    const { session, stage } = capanel;
    assert.equal((await runRekey(session, ["rollback", "FIRST_SUPERUSER_PASSWORD"])).code, 0);
    const { code, err } = await runRekey(session, ["up"]);
    assert.equal(code, 0, err);
    const path = "projects/example-rehearsal/secrets/capanel-first-superuser-password/versions/1";
    const { value } = await stage.clouds.google.client.secretManager.accessVersion(path);
    assert.notEqual(await logIn(`${api(stage)}${LOGIN}`, ADMIN, value), "refused");
    assert.equal((await runRekey(session, ["activate", "FIRST_SUPERUSER_PASSWORD"])).code, 0);
    assert.equal((await runRekey(session, ["up"])).code, 0);
  });

  it("an update that is cancelled ends with its state saved and its lock gone, and the next up goes on", async () => {
    const { session } = capanel;
    assert.equal((await runRekey(session, ["rotate", "SECRET_KEY"])).code, 0);
    let begun = false;
    const running = startRekey(session, ["up"], {
      onLine: (line) => {
        if (begun || !/^create /.test(line)) return;
        begun = true;
        process.kill(running.pid, "SIGTERM");
      },
    });
    const { code, err } = await running.ended;
    assert.equal(code, 1, err);
    assert.match(err, /SIGTERM: finishing what is under way/);
    assert.match(err, /broken off by SIGTERM[\s\S]*rekey up -s rehearsal/);
    const next = await runRekey(session, ["up", "--json"]);
    assert.equal(next.code, 0, next.err);
    assert.deepEqual((JSON.parse(next.out) as { mended: string[] }).mended, []);
    assert.equal((await runRekey(session, ["retire", "SECRET_KEY"])).code, 0);
  });

  it("nothing is retired while a consumer is not ready, and the retirement goes through once it is", async () => {
    const { session, stage } = capanel;
    const { postgres } = session.clouds;
    const old = held(await capanelRehearsal.hold(stage), "CLOUD_SQL_PASSWORD");
    const login = {
      host: postgres.host,
      port: postgres.port,
      database: "capanel",
      user: String(old.username),
      password: old.value,
    };
    assert.equal((await runRekey(session, ["rotate", "CLOUD_SQL_PASSWORD"])).code, 0);
    assert.equal((await runRekey(session, ["up"])).code, 0);
    assert.equal((await runRekey(session, ["retire", "CLOUD_SQL_PASSWORD"])).code, 0);
    // From now on the application has no database: its instances answer, but not that they are ready.
    await asAdministrator("ALTER DATABASE capanel CONNECTION LIMIT 0");
    await asAdministrator(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename ~ '^capanel_[ab]$'",
    );
    const withheld = await runRekey(session, ["up"]);
    assert.equal(withheld.code, 1, withheld.out);
    assert.match(withheld.err, /nothing was retired/);
    await asAdministrator("ALTER DATABASE capanel CONNECTION LIMIT -1");
    assert.equal(
      await tryDatabase(login),
      "accepted",
      "the old user went before its successor was verified",
    );
    const next = await runRekey(session, ["up"]);
    assert.equal(next.code, 0, next.err);
    assert.equal(await tryDatabase(login), "refused");
  });
});
