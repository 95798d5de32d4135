import assert from "node:assert/strict";
import { Client } from "pg";
import { generateFernetKey } from "../../../rehearsal/app/fernet";
import { type Child, until } from "../../../rehearsal/processes";
import { startCapanelDatabase } from "../capanel-database";
import { plain, ring, seedConnections } from "./email-connections";
import { call, instances, logged, secret } from "./instances";

const FULL = process.env["REKEY_MATRIX"] === "full";
const ROWS = FULL ? 100_000 : 5_000;
const BATCH = FULL ? "500" : "50";
const RATE = 50;

// The runbook's own statements, word for word but for the table's name in the first.
const RUNBOOK_BACKFILL = `UPDATE expected
SET encryption_key_version = CASE
  WHEN encrypted_access_token ~ '^v[0-9]+:' THEN
    substring(encrypted_access_token from '^v([0-9]+):')::integer
  WHEN encrypted_access_token ~ '^gAAAAA' THEN 1
  ELSE encryption_key_version
END
WHERE encrypted_access_token IS NOT NULL
  AND encryption_key_version IS NULL`;
const RUNBOOK_MISSING = `SELECT COUNT(*) AS missing_versions
FROM email_connections
WHERE encrypted_access_token IS NOT NULL
  AND encryption_key_version IS NULL`;
const RUNBOOK_DISTRIBUTION = `SELECT encryption_key_version, COUNT(*)
FROM email_connections
WHERE encrypted_access_token IS NOT NULL
GROUP BY encryption_key_version
ORDER BY encryption_key_version`;
const WAITING = "FROM pg_stat_activity WHERE usename = 'mgmt_a' AND wait_event_type = 'Lock'";

describe("rehearsal/app jobs backfill and re-encrypt", function () {
  this.timeout(FULL ? 600_000 : 120_000);
  const apps = instances();
  const [k1, k2] = [generateFernetKey(), generateFernetKey()];
  const account = { email: "someone@example.com", password: secret() };
  let database: Awaited<ReturnType<typeof startCapanelDatabase>>;
  let client: Client;
  let env: Record<string, string>;
  let url: string;
  let cookie: string;
  let accountId: number;

  before(async () => {
    database = await startCapanelDatabase();
    const { host, port, adminUser: user, adminPassword: password } = database.server;
    client = new Client({ host, port, user, password, database: "capanel" });
    await client.connect();
    env = {
      ...database.env,
      POSTGRES_USER: "mgmt_a",
      POSTGRES_PASSWORD: await database.addUser("mgmt_a"),
      ENCRYPTION_KEY: `${k2},${k1}`,
      ENCRYPTION_KEY_VERSIONS: "2,1",
      BATCH_ROWS: BATCH,
    };
    const app = await apps.start({
      ...env,
      APP_MODE: "mgmt",
      SESSION_SECRET: secret(),
      OPENAI_URL: "http://127.0.0.1:1",
      OPENAI_API_KEY: secret(),
      STRIPE_URL: "http://127.0.0.1:1",
      STRIPE_PUBLISHABLE_KEY: secret(),
      STRIPE_SECRET_KEY: secret(),
    });
    url = app.url;
    accountId = (await call(`${url}/api/accounts`, { body: account })).field<number>("id");
    const { headers } = await call(`${url}/api/login`, { body: account });
    cookie = headers.get("set-cookie")?.split(";")[0] ?? "";
    await seedConnections(client, accountId, ROWS, [k1, k2]);
  });

  after(async () => {
    await apps.stop();
    await client.end();
    await database.stop();
  });

  const rows = async (statement: string) =>
    (await client.query<Record<string, unknown>>(statement)).rows;
  const one = async (statement: string) =>
    Number(Object.values((await rows(statement))[0] ?? {})[0]);

  /** Waits until a job has done so many rows, looking often enough to meet it in the middle. */
  async function working(child: Child, message: string, done: number): Promise<void> {
    const end = Date.now() + 60_000;
    while (!(Number(logged(child.tail(), message)["done"] ?? 0) >= done)) {
      assert.ok(child.running, `the job ended too soon: ${child.tail().slice(-500)}`);
      assert.ok(Date.now() < end, "the job shows no progress");
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  it("back-fills exactly what the runbook's own statement does, killed on the way, and leaves nulls alone", async () => {
    await rows("CREATE TABLE expected AS SELECT * FROM email_connections");
    await rows(RUNBOOK_BACKFILL);
    const job = { ...env, APP_MODE: "backfill" };
    const killed = await apps.run(job);
    await working(killed, "backfill progress", 1);
    await killed.kill();
    const missing = await one(RUNBOOK_MISSING);
    assert.ok(missing > 0, "the job was killed after its end");
    const { code, log } = await apps.job(job);
    assert.equal(code, 0, log);
    assert.equal(await one(RUNBOOK_MISSING), 0);
    const differences = await one(
      "SELECT count(*) FROM (TABLE expected EXCEPT TABLE email_connections) AS d",
    );
    assert.equal(differences, 0);
    const nulls = "SELECT count(*) FROM email_connections WHERE encryption_key_version IS NULL";
    assert.equal(await one(nulls), ROWS / 5);
    assert.deepEqual(logged(log, "backfill ended")["versions"], [
      { version: 1, rows: (ROWS / 10) * 7 },
      { version: 2, rows: ROWS / 10 },
    ]);
    assert.equal(logged((await apps.job(job)).log, "backfill ended")["done"], 0);
  });

  it("re-encrypts so many rows and no more where that is asked", async () => {
    const { code, log } = await apps.job({ ...env, APP_MODE: "re-encrypt", MAX_ROWS: "120" });
    assert.equal(code, 0, log);
    const { done, remaining, active } = logged(log, "re-encrypt ended");
    assert.deepEqual([done, remaining, active], [120, (ROWS / 10) * 8 - 120, 2]);
    const wrong = await apps.job({ ...env, APP_MODE: "re-encrypt", MAX_ROWS: "few" });
    assert.equal(wrong.code, 1);
    assert.match(wrong.log, /MAX_ROWS must be a whole number/);
  });

  it(`re-encrypts ${ROWS} rows while the application works, killed twice, without one failed decryption`, async () => {
    const load = startLoad();
    const job = { ...env, APP_MODE: "re-encrypt" };
    for (const share of [20, 10]) {
      const child = await apps.run(job);
      await working(child, "re-encrypt progress", ROWS / share);
      await child.kill();
    }
    const stale = "SELECT count(*) FROM email_connections WHERE encryption_key_version <> 2";
    assert.ok((await one(stale)) > 0, "the job was killed after its end");
    // The last run does not end before the application has worked beside it, however fast the one and slow the other.
    await holdRow();
    const last = await apps.run(job);
    const before = load.answered();
    await until("the application worked beside the job", () => load.answered() >= before + RATE, 60_000); // prettier-ignore
    assert.ok(last.running, "the job ended before the row that it must wait for was let go");
    await client.query("COMMIT");
    const { code } = await last.exit;
    const failures = await load.stop();
    const log = last.tail();
    assert.equal(code, 0, log.slice(-1000));
    assert.deepEqual(failures, []);
    const ended = logged(log, "re-encrypt ended");
    assert.deepEqual([ended["failed"], ended["remaining"], ended["withoutVersion"]], [0, 0, 0]);
    assert.deepEqual(
      (await rows(RUNBOOK_DISTRIBUTION)).map((row) => row["encryption_key_version"]),
      [2],
    );
    assert.equal(await one(RUNBOOK_MISSING), 0);
    await readable();
  });

  /** Every row that was seeded is there, and the active key alone opens it. */
  async function readable() {
    const alone = ring({ version: 2, key: k2 });
    const all = await client.query<{ n: number; access: string | null; refresh: string | null }>(
      `SELECT split_part(address, '@', 1)::int AS n, encrypted_access_token AS access,
         encrypted_refresh_token AS refresh FROM email_connections WHERE address ~ '^[0-9]+@'`,
    );
    assert.equal(all.rows.length, ROWS);
    for (const { n, access, refresh } of all.rows) {
      const expected = plain(n);
      const text = access === null ? expected.access : alone.decrypt(access);
      assert.ok(text === expected.access || text === "written");
      assert.ok(refresh === null || alone.decrypt(refresh) === expected.refresh);
    }
  }

  /** Holds a row that the job must wait for, as the application would, until `client` commits. */
  async function holdRow(): Promise<void> {
    const old = ring({ version: 1, key: k1 }).encrypt("held").text;
    const { rows: made } = await client.query<{ id: string }>(
      "INSERT INTO email_connections (address, encrypted_access_token, encryption_key_version) VALUES ('held', $1, 1) RETURNING id",
      [old],
    );
    await client.query("BEGIN");
    await client.query("SELECT FROM email_connections WHERE id = $1 FOR UPDATE", [made[0]?.id]);
  }

  /** Starts the job while the application holds a row that it must wait for. */
  async function heldUp(): Promise<Child> {
    await holdRow();
    const child = await apps.run({ ...env, APP_MODE: "re-encrypt" });
    await child.ready(async () => (await database.query(`SELECT ${WAITING}`)).length === 1, 30_000);
    return child;
  }

  describe("once every row is under the active key", () => {
    before(async () => {
      assert.equal((await apps.job({ ...env, APP_MODE: "re-encrypt" })).code, 0);
    });

    it("changes nothing when there is nothing to do", async () => {
      const state = "SELECT md5(string_agg(c::text, '' ORDER BY id)) FROM email_connections c";
      const before = await rows(state);
      const { code, log } = await apps.job({ ...env, APP_MODE: "re-encrypt" });
      assert.deepEqual([code, logged(log, "re-encrypt ended")["done"]], [0, 0]);
      assert.deepEqual(await rows(state), before);
    });

    it("waits for rows that the application holds instead of leaving them out", async () => {
      const child = await heldUp();
      await client.query("COMMIT");
      assert.equal((await child.exit).code, 0);
      const { done, remaining } = logged(child.tail(), "re-encrypt ended");
      assert.deepEqual([done, remaining], [1, 0]);
    });

    it("ends with 1 and says why when the server ends its session, and the next run does the rest", async () => {
      const child = await heldUp();
      await database.query(`SELECT pg_terminate_backend(pid) ${WAITING}`);
      assert.equal((await child.exit).code, 1);
      await client.query("COMMIT");
      assert.match(String(logged(child.tail(), "failed")["error"]), /terminat/i);
      const { code, log } = await apps.job({ ...env, APP_MODE: "re-encrypt" });
      assert.equal(code, 0);
      assert.equal(logged(log, "re-encrypt ended")["done"], 1);
    });

    it("ends with 1 and the rows' numbers when no key opens them, changes only the others, and prints no key", async () => {
      const lost = ring({ version: 7, key: generateFernetKey() }).encrypt("lost").text;
      const old = ring({ version: 1, key: k1 }).encrypt("fine").text;
      const add = async (access: string, version: number) => {
        const { rows: made } = await client.query<{ id: string }>(
          "INSERT INTO email_connections (address, encrypted_access_token, encryption_key_version) VALUES ('added', $1, $2) RETURNING id",
          [access, version],
        );
        return made[0]?.id ?? "";
      };
      const [bad, good] = [await add(lost, 7), await add(old, 1)];
      const { code, log } = await apps.job({ ...env, APP_MODE: "re-encrypt" });
      assert.equal(code, 1);
      const { done, failed, connections, versions } = logged(log, "re-encrypt ended");
      assert.deepEqual([done, failed, connections], [1, 1, [bad]]);
      assert.deepEqual((versions as unknown[]).at(-1), { version: 7, rows: 1 });
      assert.match(log, /add the key that they were written with to ENCRYPTION_KEY/);
      const text = (id: string) =>
        rows(`SELECT encrypted_access_token AS text FROM email_connections WHERE id = ${id}`);
      assert.deepEqual(await text(bad), [{ text: lost }]);
      assert.match(String((await text(good))[0]?.["text"]), /^v2:/);
      for (const key of [k1, k2]) assert.ok(!log.includes(key));
      await rows("DELETE FROM email_connections WHERE address = 'added'");
    });
  });

  it("ends the back-fill with 1 when a row is of no known form, and leaves it as it is", async () => {
    await rows(
      "INSERT INTO email_connections (address, encrypted_access_token) VALUES ('odd', 'v99999999999:x'), ('odd', 'plain')",
    );
    const { code, log } = await apps.job({ ...env, APP_MODE: "backfill" });
    const left = await one(RUNBOOK_MISSING);
    await rows("DELETE FROM email_connections WHERE address = 'odd'");
    assert.equal(code, 1);
    assert.match(log, /2 rows hold a token of an unknown form/);
    assert.equal(left, 2);
  });

  /** Reads and writes rows all over the table, at a fixed rate whatever the answers are. */
  function startLoad() {
    const failures: string[] = [];
    const underWay = new Set<Promise<void>>();
    const headers = { cookie };
    let [sent, answered] = [0, 0];
    const request = async (n: number) => {
      // A stride that meets every row before it comes back.
      const id = 1 + ((n * 7919) % ROWS);
      const path = `${url}/api/connections`;
      const { status, text } =
        n % 4 === 0
          ? await call(path, { headers, body: { address: "new@app", access_token: "written" } })
          : n % 4 === 1
            ? await call(`${path}/${id}`, {
                method: "PUT",
                headers,
                body: { access_token: "written" },
              })
            : await call(`${path}/${id}/check`, { headers });
      if (status >= 400) failures.push(`${n}: ${status} ${text}`);
      answered++;
    };
    const timer = setInterval(() => {
      const one: Promise<void> = request(sent++)
        .catch((error: unknown) => void failures.push(String(error)))
        .finally(() => underWay.delete(one));
      underWay.add(one);
    }, 1000 / RATE);
    return {
      answered: () => answered,
      stop: async () => {
        clearInterval(timer);
        await Promise.all(underWay);
        return failures;
      },
    };
  }
});
