import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { backupName, seal, unseal } from "../../../rehearsal/app/backups";
import { instances, logged, secret } from "./instances";

describe("rehearsal/app backups", function () {
  this.timeout(30_000);
  const apps = instances();
  const [first, second, lost] = [secret(), secret(), secret()];
  const at = new Date("2026-01-31T12:00:00.123Z");
  let folder: string;

  before(async () => (folder = await mkdtemp(join(tmpdir(), "rekey-backups-"))));
  after(async () => {
    await apps.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it("open with the pass phrase that they were made with, whole and unchanged, and with no other", () => {
    const backup = seal(first, "täbles");
    assert.equal(unseal(first, backup), "täbles");
    assert.equal(unseal(second, backup), undefined);
    backup.writeUInt8(backup.readUInt8(60 - 16) ^ 1, 60 - 16);
    assert.equal(unseal(first, backup), undefined);
    assert.equal(unseal(first, backup.subarray(0, 20)), undefined);
  });

  it("are named after the id of their key", () => {
    assert.equal(backupName("panel-g3", at), "panel-g3_20260131T120000123Z.backup");
  });

  it("are all opened by the restore check with any key that is accepted; one that is not fails it by name", async () => {
    const env = {
      APP_MODE: "restore-check",
      BACKUP_DIR: folder,
      BACKUP_ENCRYPTION_KEY: second,
      BACKUP_ENCRYPTION_KEY_ACCEPTED_A: first,
    };
    for (const [kid, key] of [
      ["panel-g1", first],
      ["panel-g2", second],
    ] as const)
      await writeFile(join(folder, backupName(kid, at)), seal(key, "{}"));
    const good = await apps.job(env);
    assert.equal(good.code, 0, good.log);
    assert.match(good.log, /^rekey-progress restore-check opened=2 refused=0$/m);
    const name = backupName("panel-g0", at);
    await writeFile(join(folder, name), seal(lost, "{}"));
    const { code, log } = await apps.job(env);
    assert.equal(code, 1);
    assert.deepEqual(logged(log, "restore-check ended")["refused"], [name]);
    for (const key of [first, second, lost]) assert.ok(!log.includes(key));
  });
});
