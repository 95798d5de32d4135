import assert from "node:assert/strict";
import { needyBackups } from "../../../stacks/proxpanel/backups";

const FOLDER = "/srv/proxpanel/backups";
const of = (name: string) => `${FOLDER}/${name}`;

describe("stacks/proxpanel/backups", () => {
  const first = of("proxpanel-backup-g1_20260101.backup");
  const second = of("old/proxpanel-backup-g2_20260401.backup.gz");
  const twelfth = of("dev-test-proxpanel-backup-g12_20260701.backup");
  const found = (live: readonly number[], ...paths: readonly string[]) =>
    needyBackups(paths, "proxpanel-backup", live);

  it("finds the backups whose key is no live one, by the whole number in their names", () => {
    assert.deepEqual(found([2, 12], first, second, twelfth, ""), [first]);
    assert.deepEqual(found([1], first, second, twelfth), [second, twelfth]);
    assert.deepEqual(found([1, 2, 12], first, second, twelfth), []);
  });

  it("counts a file without the name of a key as one of generation 1: a backup from before rekey has none", () => {
    const before = of("2025-12-24.sql.gpg");
    const alike = of("myproxpanel-backup-g2.backup");
    assert.deepEqual(found([1, 2], before, alike), []);
    assert.deepEqual(found([2], before, alike), [before, alike]);
  });
});
