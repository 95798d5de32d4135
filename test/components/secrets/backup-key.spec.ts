import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { BackupKey, RotationRecord } from "../../../components";
import { named, run } from "../../support/mocks";
import { itGenerates } from "./generated";

/** Six keys, of which the second was retired: its backups are gone. */
const OLD: RotationRecord = {
  generation: 7,
  active: "b",
  slots: { a: 1, b: 7, c: 3, d: 4, e: 5, f: 6 },
};

describe("components/secrets/backup-key", () => {
  itGenerates({
    create: (name, record, opts) => new BackupKey(name, { record }, opts),
    shape: { length: 64, special: false },
  });

  it("backs up with the active key and restores with every one of its time, found by its id", async () => {
    const { result } = await run(() => new BackupKey("backup", { record: OLD, short: "db" }));
    const { active, accepted } = result.forConsumers;
    assert.equal(active.kid, "db-g7");
    assert.deepEqual(
      accepted.map(({ kid }) => kid),
      ["db-g7", "db-g6", "db-g5", "db-g4", "db-g3", "db-g1"],
    );
  });

  it("asks before it retires a key whether a backup needs it", async () => {
    const { resources } = await run(() => {
      const beforeRetirement = new pulumi.ResourceHook("backups-left", () => {});
      return new BackupKey("backup", { record: OLD, beforeRetirement });
    });
    const gate = named(resources, "backup-retired");
    assert.deepEqual(gate.beforeCreate, ["backups-left"]);
    assert.deepEqual(gate.inputs.keepers, { generations: "2" });
    assert.deepEqual(named(resources, "backup-a").beforeDelete, ["backups-left"]);
  });

  it("marks a developer's key by its id too", async () => {
    const { result } = await run(() => new BackupKey("b", { record: OLD, environment: "dev" }));
    assert.equal(result.forConsumers.active.kid, "dev-test-b-g7");
  });
});
