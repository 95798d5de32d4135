import assert from "node:assert/strict";
import { CreateSecretCommand, TagResourceCommand } from "@aws-sdk/client-secrets-manager";
import { AwsSecretsManager, type RotationRecord, Token } from "../../../../components";
import { ENGINE_MS } from "../../../support/rehearsal";
import { AwsStack } from "./stack";

const NAME = "project/prod/JWT_SECRET";
const PRODUCTION = "the value that runs in production";

const RECORDS = {
  rest: { generation: 1, active: "a", slots: { a: 1 } },
  staged: { generation: 2, active: "a", slots: { a: 1, b: 2 } },
  activated: { generation: 2, active: "b", slots: { a: 1, b: 2 } },
  retired: { generation: 2, active: "b", slots: { b: 2 } },
} as const satisfies Record<string, RotationRecord>;

describe("adoption of a secret in AWS Secrets Manager, on the real engine and the emulator", function () {
  this.timeout(ENGINE_MS);
  let stack: AwsStack;
  let arn = "";
  let storeVersion = "";

  before(async () => {
    stack = await AwsStack.start();
    const made = await stack
      .client()
      .send(new CreateSecretCommand({ Name: NAME, SecretString: PRODUCTION }));
    [arn, storeVersion] = [made.ARN ?? "", made.VersionId ?? ""];
  });
  after(() => stack.stop());

  /** Brings the record up; returns the changing calls. */
  async function up(record: RotationRecord): Promise<string[]> {
    const program = () => {
      const { generations } = new Token("jwt", { record, adopted: { storeVersion } });
      new AwsSecretsManager("jwt-aws", { secretName: NAME, generations, adopted: arn });
      return Promise.resolve();
    };
    stack.changes();
    await stack.project.up(program);
    return stack.changes();
  }

  it("takes over entry and version without writing anything, and keeps the value out of the state", async () => {
    assert.deepEqual(await up(RECORDS.rest), []);
    assert.deepEqual(await up(RECORDS.rest), []);
    assert.ok(!(await stack.project.state()).includes(PRODUCTION));
    assert.deepEqual(await stack.labels(NAME), [["AWSCURRENT"]]);
  });

  it("leaves what its owner tags until the first rotation, after a refresh too: access may hang on it", async () => {
    const Tags = [{ Key: "owner", Value: "billing" }];
    await stack.client().send(new TagResourceCommand({ SecretId: NAME, Tags }));
    await stack.project.refresh();
    assert.deepEqual(await up(RECORDS.rest), []);
  });

  it("pins the adopted version by a label of our own when a generation is staged", async () => {
    assert.deepEqual((await up(RECORDS.staged)).sort(), [
      "PutSecretValue",
      "UpdateSecretVersionStage",
    ]);
    assert.deepEqual(await stack.labels(NAME), [["AWSCURRENT", "rekey-g1"], ["rekey-g2"]]);
  });

  it("rotates to the first generated value, and rolls back to the adopted version itself", async () => {
    await up(RECORDS.activated);
    assert.equal(await stack.value(NAME), await stack.value(NAME, "rekey-g2"));
    assert.equal(await stack.value(NAME, "rekey-g1"), PRODUCTION);
    await up(RECORDS.staged);
    assert.equal(await stack.value(NAME), PRODUCTION);
    await up(RECORDS.activated);
    assert.deepEqual(await up(RECORDS.activated), []);
  });

  it("retires the adopted value: no label of ours leads to it", async () => {
    await up(RECORDS.retired);
    assert.deepEqual(await stack.labels(NAME), [["AWSCURRENT"], ["AWSPREVIOUS"], ["rekey-g2"]]);
    assert.deepEqual(await up(RECORDS.retired), []);
  });
});
