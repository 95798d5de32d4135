import assert from "node:assert/strict";
import { readFile, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Clouds } from "../../rehearsal/clouds";
import { readEnvFile } from "../../rehearsal/clouds/host/env-file";
import { mgmtVibeRehearsal } from "../../rehearsal/systems/mgmt-vibe";
import { account } from "../../rehearsal/systems/mgmt-vibe/load";
import { DATABASE, seedRows } from "../../rehearsal/systems/mgmt-vibe/rows";
import { proxpanelRehearsal } from "../../rehearsal/systems/proxpanel";
import { checkBackups, makeBackup } from "../../rehearsal/systems/proxpanel/backups";
import { asAdministrator } from "../../rehearsal/systems/self-hosted/database";
import type { Machine } from "../../rehearsal/systems/self-hosted/machine";
import { SecretText } from "../../components/secret-text";
import { SEED, sample } from "../support/random";
import { ENGINE_MS, SystemUp, runRekey, systemUp } from "../support/rehearsal";

const BOTH = sample(1, 0) === 1;
const REASON = ["--reason", "test"];

/** What a key opens is never lost: its retirement waits, and the machine's env file with it, until nothing needs the key. */
describe(`a key that something still needs (seed ${SEED})`, function () {
  this.timeout(ENGINE_MS);
  let up: SystemUp<Clouds & { readonly machine: Machine }> | undefined;

  afterEach(async () => {
    await up?.session.close();
    up = undefined;
  });

  /** Runs a command that must succeed, and gives what it wrote. */
  async function run(...args: readonly string[]): Promise<string> {
    if (!up) throw new Error("nothing is up");
    const { code, out, err } = await runRekey(up.session, args);
    assert.equal(code, 0, err + out);
    return out;
  }

  /** Retires a secret while something needs it; then once `mended` has done away with that. */
  async function heldBack(secret: string, problem: RegExp, mended: () => Promise<unknown>) {
    if (!up) throw new Error("nothing is up");
    const { envFile } = up.stage.clouds.machine;
    const before = await readFile(envFile, "utf8");
    await run("retire", secret, ...REASON);
    const { code, out, err } = await runRekey(up.session, ["up", "--json"]);
    assert.equal(code, 1);
    assert.match(out + err, problem);
    assert.equal(await readFile(envFile, "utf8"), before);
    await mended();
    await run("up");
    return readEnvFile(envFile);
  }

  if (BOTH || SEED % 2 === 0)
    it("an encryption key stays while a row of it is left that came after the re-encryption", async () => {
      const { stage } = (up = await systemUp(mgmtVibeRehearsal));
      const { machine } = stage.clouds;
      await account(machine.url);
      const { ENCRYPTION_KEY: key = "" } = await readEnvFile(machine.envFile);
      await seedRows(machine, new SecretText(key));
      await run("rotate", "ENCRYPTION_KEY", ...REASON);
      const { notes } = JSON.parse(await run("up", "--json")) as { notes: string[] };
      assert.deepEqual(notes, [
        "job backfill: done=20 remaining=0",
        "job re-encrypt: done=20 failed=0 remaining=0",
      ]);
      const sql = (statement: string) =>
        asAdministrator(machine.postgres, DATABASE, (client) => client.query(statement));
      await sql(
        "INSERT INTO email_connections (address, encrypted_access_token) VALUES ('late@example.com', 'v1:late')",
      );
      const env = await heldBack(
        "ENCRYPTION_KEY",
        /ENCRYPTION_KEY: 1 encrypted value\(s\) still need a key that is to be retired/,
        () => sql("DELETE FROM email_connections WHERE address = 'late@example.com'"),
      );
      assert.equal(env["ENCRYPTION_KEY_VERSIONS"], "2");
    });

  if (BOTH || SEED % 2 === 1)
    it("a backup's key stays while a backup of it is left on the machine", async () => {
      const { stage } = (up = await systemUp(proxpanelRehearsal));
      const { machine } = stage.clouds;
      await makeBackup(machine);
      await run("rotate", "BACKUP_ENCRYPTION_KEY", ...REASON);
      await run("up");
      await makeBackup(machine);
      assert.deepEqual((await checkBackups(machine)).opened, 2);
      const old = (await readdir(machine.backupFolder)).filter((name) => /-g1_/.test(name));
      assert.equal(old.length, 1);
      const env = await heldBack(
        "BACKUP_ENCRYPTION_KEY",
        /BACKUP_ENCRYPTION_KEY: 1 backup\(s\) in .* still need a key that is to be retired, such as .*-g1_/,
        () => rm(join(machine.backupFolder, old[0] ?? "")),
      );
      assert.match(env["BACKUP_ENCRYPTION_KEY_ID"] ?? "", /-g2$/);
      assert.equal((await checkBackups(machine)).opened, 1);
    });
});
