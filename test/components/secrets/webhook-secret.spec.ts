import assert from "node:assert/strict";
import { RotationRecord, WebhookSecret } from "../../../components";
import { canary } from "../../support/mock-answers";
import { managed, named, run, settled } from "../../support/mocks";
import { RECORDS } from "../fixtures";

const secret = "PAYSTACK_SECRET";

async function names(record: RotationRecord) {
  const { result } = await run(() => new WebhookSecret("hook", { secret, record }));
  return result.forConsumers.map(({ name, generation }) => [name, generation.generation]);
}

describe("components/secrets/webhook-secret", () => {
  it("gives the receiver the active value and, while one is in grace, the previous one", async () => {
    assert.deepEqual(await names(RECORDS.rest), [["PAYSTACK_SECRET", 1]]);
    assert.deepEqual(await names(RECORDS.grace), [
      ["PAYSTACK_SECRET", 2],
      ["PAYSTACK_SECRET_PREVIOUS", 1],
    ]);
    assert.deepEqual(await names(RECORDS.rotated), [["PAYSTACK_SECRET", 2]]);
  });

  it("has the staged value accepted before the sender signs with it", async () => {
    assert.deepEqual(await names(RECORDS.staged), [
      ["PAYSTACK_SECRET", 1],
      ["PAYSTACK_SECRET_PREVIOUS", 2],
    ]);
  });

  it("swaps the names when it rolls back, and keeps both values", async () => {
    const back = { ...RECORDS.grace, active: "a" };
    assert.deepEqual(await names(back), [
      ["PAYSTACK_SECRET", 1],
      ["PAYSTACK_SECRET_PREVIOUS", 2],
    ]);
  });

  it("generates a value a slot, with the generation as its only keeper", async () => {
    const { result, resources } = await run(
      () => new WebhookSecret("hook", { secret, record: RECORDS.grace }),
    );
    assert.deepStrictEqual(named(resources, "hook-b").inputs, {
      length: 64,
      special: false,
      keepers: { generation: "2" },
    });
    const values = result.generations.map(({ value }) => value);
    assert.deepEqual(await Promise.all(values.map(settled)), [
      { value: canary("hook-a", 1), isSecret: true },
      { value: canary("hook-b", 2), isSecret: true },
    ]);
  });

  it("takes the sender's values in, where the sender issues them", async () => {
    const values = {
      a: { generation: 1, value: "issued-one" },
      b: { generation: 2, version: "5" },
    };
    const { result, resources } = await run(
      () => new WebhookSecret("hook", { secret, record: RECORDS.grace, values }),
    );
    assert.deepEqual(managed(resources), []);
    const [one, two] = result.generations;
    assert.deepEqual(await settled(one?.value), { value: "issued-one", isSecret: true });
    assert.equal(two?.storeVersion, "5");
  });

  it("names the command that sets a value that is missing, and refuses a test value in prod", async () => {
    const values = { a: { generation: 1, value: "sk_test_abc" } };
    const hook = (record: RotationRecord) =>
      run(() => new WebhookSecret("hook", { secret, record, values, environment: "prod" }));
    await assert.rejects(hook(RECORDS.rest), /rekey:external\.PAYSTACK_SECRET\.a: holds a test/);
    const dev = { ...RECORDS.staged };
    await assert.rejects(
      run(() => new WebhookSecret("hook", { secret, record: dev, values })),
      /pulumi config set --secret --path 'rekey:external\.PAYSTACK_SECRET\.b\.value'/,
    );
  });

  it("refuses a third value: receivers know one previous only", async () => {
    const third = { generation: 3, active: "b", slots: { a: 1, b: 2, c: 3 } };
    await assert.rejects(
      names(third),
      /rekey:rotations\.PAYSTACK_SECRET\.slots: has 3 live.*`rekey retire PAYSTACK_SECRET`/,
    );
  });
});
