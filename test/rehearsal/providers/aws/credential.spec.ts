import assert from "node:assert/strict";
import { AwsSecretsManager, DatabaseCredential, type RotationRecord } from "../../../../components";
import { ENGINE_MS } from "../../../support/rehearsal";
import { AwsStack } from "./stack";

const NAME = "project/prod/POSTGRES_PASSWORD";
const REST: RotationRecord = { generation: 1, active: "a", slots: { a: 1 } };
const ROTATED: RotationRecord = { generation: 2, active: "b", slots: { a: 1, b: 2 } };
const RETIRED: RotationRecord = { generation: 2, active: "b", slots: { b: 2 } };

/** The database credential in the store; `plain` for a password alone, as stacks had it that did not keep the user's name. */
const program = (record: RotationRecord, form: "plain" | "whole") => () => {
  const credential = new DatabaseCredential("login", { record, user: "app" });
  const plain = credential.generations.map(({ username: _left, ...live }) => live);
  const generations = form === "plain" ? plain : credential.generations;
  new AwsSecretsManager("login-aws", { secretName: NAME, generations });
  return Promise.resolve();
};

describe("a database credential in AWS Secrets Manager, on the real engine and the emulator", function () {
  this.timeout(ENGINE_MS);
  let stack: AwsStack;

  before(async () => {
    stack = await AwsStack.start();
    await stack.project.up(program(REST, "plain"));
  });
  after(() => stack.stop());

  const login = async (label?: string) =>
    JSON.parse((await stack.value(NAME, label)) ?? "") as Record<string, string>;

  it("takes a deployed password over: its generation stays as it was written, AWSCURRENT learns whose it is", async () => {
    const password = await stack.value(NAME);
    stack.changes();
    await stack.project.up(program(REST, "whole"));
    assert.deepEqual(stack.changes(), ["PutSecretValue"]);
    assert.deepEqual(await login(), { username: "app_a", password });
    assert.equal(await stack.value(NAME, "rekey-g1"), password);
    assert.deepEqual((await stack.project.up(program(REST, "whole"))).steps, []);
    assert.deepEqual(stack.changes(), []);
  });

  it("tells the user with every password from the next rotation on, with the two writes of its two moves", async () => {
    await stack.project.up(program(ROTATED, "whole"));
    assert.deepEqual(stack.changes(), ["TagResource", "PutSecretValue", "PutSecretValue"]);
    assert.equal((await login()).username, "app_b");
    assert.deepEqual(await login("rekey-g2"), await login());
    assert.equal((await login("AWSPREVIOUS")).username, "app_a");
    await stack.project.up(program(RETIRED, "whole"));
    assert.deepEqual(stack.changes(), ["UpdateSecretVersionStage"]);
    assert.deepEqual((await stack.project.up(program(RETIRED, "whole"))).steps, []);
  });
});
