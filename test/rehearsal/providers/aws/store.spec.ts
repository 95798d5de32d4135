import assert from "node:assert/strict";
import { DescribeSecretCommand } from "@aws-sdk/client-secrets-manager";
import type { RotationRecord } from "../../../../components";
import { ENGINE_MS } from "../../../support/rehearsal";
import { NAME, RECORDS, program } from "./records";
import { AwsStack } from "./stack";

const VERSION = "aws:secretsmanager/secretVersion:SecretVersion";

describe("components/stores/aws-secrets-manager, on the real engine and the emulator", function () {
  this.timeout(ENGINE_MS);
  let stack: AwsStack;
  let settled: RotationRecord = RECORDS.rest;

  before(async () => {
    stack = await AwsStack.start();
  });
  after(() => stack.stop());

  /** Brings the record up, twice: the second time nothing may change. Returns the changing calls of the first. */
  async function settle(record: RotationRecord): Promise<string[]> {
    stack.changes();
    settled = record;
    await stack.project.up(program(record));
    const changes = stack.changes();
    const again = await stack.project.up(program(record));
    assert.deepEqual(again.steps, []);
    assert.deepEqual(stack.changes(), [], "a second update writes nothing");
    return changes;
  }

  it("makes the entry, and nothing more the second time", async () => {
    assert.deepEqual(await settle(RECORDS.rest), [
      "CreateSecret",
      "PutSecretValue",
      "PutSecretValue",
    ]);
    assert.deepEqual(await stack.labels(NAME), [["AWSCURRENT"], ["rekey-g1"]]);
    assert.equal(await stack.value(NAME), await stack.value(NAME, "rekey-g1"));
  });

  it("stages with one write, and readers of AWSCURRENT see no change", async () => {
    const before = await stack.value(NAME);
    assert.deepEqual(await settle(RECORDS.staged), ["PutSecretValue"]);
    assert.deepEqual(await stack.labels(NAME), [["AWSCURRENT"], ["rekey-g1"], ["rekey-g2"]]);
    assert.equal(await stack.value(NAME), before);
    assert.notEqual(await stack.value(NAME, "rekey-g2"), before);
  });

  it("activates with one write; the one in grace stays pinned by its label", async () => {
    const [old, staged] = [await stack.value(NAME), await stack.value(NAME, "rekey-g2")];
    assert.deepEqual(await settle(RECORDS.activated), ["TagResource", "PutSecretValue"]);
    assert.equal(await stack.value(NAME), staged);
    assert.equal(await stack.value(NAME, "rekey-g1"), old);
    assert.equal(await stack.value(NAME, "AWSPREVIOUS"), old);
  });

  it("tags the entry with the generation in use and the time of its activation", async () => {
    const { Tags } = await stack.client().send(new DescribeSecretCommand({ SecretId: NAME }));
    assert.deepEqual(Object.fromEntries((Tags ?? []).map(({ Key, Value }) => [Key, Value])), {
      "rekey-generation": "2",
      "rekey-rotated-at": "2026-01-31T12:00:00Z",
    });
  });

  it("rolls back with one write, and forward again with another", async () => {
    const [old, used] = [await stack.value(NAME, "rekey-g1"), await stack.value(NAME)];
    assert.deepEqual(await settle(RECORDS.rolledBack), ["TagResource", "PutSecretValue"]);
    assert.equal(await stack.value(NAME), old);
    await settle(RECORDS.activated);
    assert.equal(await stack.value(NAME), used);
  });

  it("retires with one write: nobody finds the old generation by its label", async () => {
    assert.deepEqual(await settle(RECORDS.retired), ["UpdateSecretVersionStage"]);
    await assert.rejects(stack.value(NAME, "rekey-g1"), { name: "ResourceNotFoundException" });
  });

  it("rotates in one update with the two writes of its two moves", async () => {
    const changes = await settle(RECORDS.rotated);
    assert.deepEqual(changes, ["TagResource", "PutSecretValue", "PutSecretValue"]);
    assert.equal(await stack.value(NAME), await stack.value(NAME, "rekey-g3"));
  });

  it("shows a retirement sharply: what goes, and nothing that is replaced", async () => {
    const { steps } = await stack.project.preview(program(RECORDS.lone));
    assert.deepEqual(steps, [
      `delete ${VERSION} jwt-aws-g2`,
      "delete random:index/randomPassword:RandomPassword jwt-b",
    ]);
  });

  it("retires and rotates in one update, too", async () => {
    const changes = await settle(RECORDS.both);
    assert.deepEqual(changes, [
      "TagResource",
      "PutSecretValue",
      "PutSecretValue",
      "UpdateSecretVersionStage",
    ]);
    assert.equal(await stack.value(NAME), await stack.value(NAME, "rekey-g4"));
    await assert.rejects(stack.value(NAME, "rekey-g2"), { name: "ResourceNotFoundException" });
  });

  it("is the same after a refresh", async () => {
    const { steps } = await stack.project.refresh();
    assert.deepEqual(
      steps.filter((step) => !step.startsWith("refresh ")),
      [],
    );
    assert.deepEqual(await settle(settled), []);
  });

  it("keeps every value out of the state in plain form", async () => {
    const state = await stack.project.state();
    for (const label of ["AWSCURRENT", "AWSPREVIOUS"])
      assert.ok(!state.includes((await stack.value(NAME, label)) ?? "no value"));
  });
});
