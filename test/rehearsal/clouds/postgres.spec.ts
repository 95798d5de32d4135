import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, statSync, existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import { startPostgres, type Postgres } from "../../../rehearsal/clouds/postgres";
import { until } from "../../../rehearsal/processes";

function gone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}

const connect = async (server: Postgres, password = server.adminPassword) => {
  const { host, port, adminUser: user } = server;
  const client = new Client({ host, port, user, password, database: "postgres" });
  await client.connect();
  return client;
};

describe("rehearsal/clouds/postgres", () => {
  let dir: string;
  let server: Postgres;

  before(async () => {
    dir = mkdtempSync(join(tmpdir(), "rekey-test-"));
    server = await startPostgres({ dir: join(dir, "pg"), log: true });
  });

  after(async () => {
    await server.remove();
    rmSync(dir, { recursive: true, force: true });
  });

  it("answers on loopback to the random password alone", async () => {
    const client = await connect(server);
    const { rows } = await client.query("SELECT current_user AS me");
    await client.end();
    assert.deepEqual(rows, [{ me: "postgres" }]);
    assert.match(server.version, /^\d+\.\d+/);
    await assert.rejects(connect(server, "wrong"), /password authentication failed/);
  });

  it("keeps passwords off the command line and its first password off the disk", () => {
    if (process.platform === "linux") {
      const argv = readFileSync(`/proc/${server.pid}/cmdline`, "utf8");
      assert.ok(!argv.includes(server.adminPassword));
    }
    assert.ok(!existsSync(join(server.logFile, "..", "initial-password")));
    assert.equal(statSync(server.logFile).mode & 0o077, 0);
  });

  it("logs every statement when asked to", async () => {
    const client = await connect(server);
    await client.query("SELECT 'find-me-in-the-log'");
    await client.end();
    await until(
      "the statement is in the log",
      () => readFileSync(server.logFile, "utf8").includes("find-me-in-the-log"),
      15_000,
    );
  });

  it("comes back after a crash with all that it said was committed, and stops for good", async () => {
    const home = join(dir, "pg");
    const client = await connect(server);
    client.on("error", () => undefined);
    await client.query("CREATE TABLE kept (x int); INSERT INTO kept VALUES (7)");
    await server.kill();
    assert.ok(gone(server.pid));
    await assert.rejects(startPostgres({ dir: home }), /give its adminPassword/);
    server = await startPostgres({ dir: home, adminPassword: server.adminPassword });
    const again = await connect(server);
    assert.deepEqual((await again.query("SELECT x FROM kept")).rows, [{ x: 7 }]);
    await again.end();
    await server.stop();
    assert.ok(gone(server.pid));
  });
});
