import assert from "node:assert/strict";
import { AwsSecretsManager, ExternalKey, type RotationRecord } from "../../../../components";
import type { ExternalValue } from "../../../../components/external";
import { SecretText } from "../../../../components/secret-text";
import type { KnownResource } from "../../../../operator/recovery/state";
import { awsEntry } from "../../../../operator/to-store/aws";
import { FULL } from "../../../support/random";
import { ENGINE_MS } from "../../../support/rehearsal";
import { AwsStack } from "./stack";
import { OPENROUTER as target, OPENROUTER_ENTRY as NAME } from "../../../support/openrouter";

const record = (active: string, slots: RotationRecord["slots"]): RotationRecord => ({
  generation: Math.max(...Object.values(slots)),
  active,
  slots,
});
const VALUES = { 1: "CANARY-first", 2: "CANARY-second", 3: "CANARY-third" };

describe("a key that is taken in past the program, on the real engine and the emulator of AWS", function () {
  this.timeout(ENGINE_MS);
  let stack: AwsStack;
  const values: Record<string, ExternalValue> = { a: { generation: 1, value: VALUES[1] } };

  before(async () => {
    stack = await AwsStack.start();
    await up(record("a", { a: 1 }));
  });
  after(() => stack.stop());

  /** Brings the record up; returns the changing calls but for those of the entry's tags, which are outside of the quota. */
  async function up(given: RotationRecord): Promise<string[]> {
    const program = () => {
      const { generations } = new ExternalKey("key", {
        ...{ secret: target.secret.name, record: given, values },
      });
      new AwsSecretsManager("key-aws", { secretName: NAME, generations });
      return Promise.resolve();
    };
    stack.changes();
    await stack.project.up(program);
    return stack.changes().filter((name) => name !== "TagResource");
  }

  /** What `rekey stage --to-store` does in the store. */
  async function stage(generation: 2 | 3, slot: string): Promise<void> {
    const client = stack.client();
    const resources = await knownResources();
    const named = Object.values(values).flatMap((one) => ("version" in one ? [one.version] : []));
    const entry = awsEntry(target, resources, named, client);
    assert.deepEqual(await entry.look(generation), []);
    const version = await entry.put(new SecretText(VALUES[generation]), generation);
    values[slot] = { generation, version };
    assert.deepEqual((await awsEntry(target, resources, [], client).look(generation)).length, 1);
    client.destroy();
  }

  async function knownResources(): Promise<readonly KnownResource[]> {
    const { checkpoint } = JSON.parse(await stack.project.state()) as {
      checkpoint: { latest: { resources: KnownResource[] } };
    };
    return checkpoint.latest.resources;
  }

  it("is taken over by the next update without a write, and AWSCURRENT stays where it is", async () => {
    await stage(2, "b");
    assert.deepEqual(await up(record("a", { a: 1, b: 2 })), []);
    assert.equal(await stack.value(NAME), VALUES[1]);
    assert.equal(await stack.value(NAME, "rekey-g2"), VALUES[2]);
    assert.ok(!(await stack.project.state()).includes("CANARY"));
  });

  it("becomes current by one write, rolls back by one, and then all is still", async () => {
    assert.deepEqual(await up(record("b", { a: 1, b: 2 })), ["UpdateSecretVersionStage"]);
    assert.equal(await stack.value(NAME), VALUES[2]);
    assert.deepEqual(await up(record("b", { a: 1, b: 2 })), []);
    assert.deepEqual(await up(record("a", { a: 1, b: 2 })), ["PutSecretValue"]);
    assert.equal(await stack.value(NAME), VALUES[1]);
    await up(record("b", { a: 1, b: 2 }));
    assert.equal(await stack.value(NAME), VALUES[2]);
  });

  it("retires what was in use before by one write", async () => {
    delete values["a"];
    assert.deepEqual(await up(record("b", { b: 2 })), ["UpdateSecretVersionStage"]);
    assert.deepEqual(await up(record("b", { b: 2 })), []);
  });

  it("is followed by another one, at one write more for the label that the service moves by itself", async () => {
    await stage(3, "a");
    // Staged and activated in one update, as a rotation is.
    assert.deepEqual(await up(record("a", { a: 3, b: 2 })), ["UpdateSecretVersionStage"]);
    assert.equal(await stack.value(NAME), VALUES[3]);
    if (FULL) {
      await up(record("b", { a: 3, b: 2 }));
      assert.equal(await stack.value(NAME), VALUES[2]);
      await up(record("a", { a: 3, b: 2 }));
    }
    // Once, the service's AWSPREVIOUS is taken off the version in grace; see decisions/0015.
    assert.deepEqual(await up(record("a", { a: 3, b: 2 })), ["UpdateSecretVersionStage"]);
    assert.deepEqual(await up(record("a", { a: 3, b: 2 })), []);
    assert.equal(await stack.value(NAME, "rekey-g2"), VALUES[2]);
  });

  it("loses its label with its retirement, by one write", async () => {
    delete values["b"];
    assert.deepEqual(await up(record("a", { a: 3 })), ["UpdateSecretVersionStage"]);
    assert.deepEqual(await stack.labels(NAME), [["AWSCURRENT", "rekey-g3"]]);
    assert.deepEqual(await up(record("a", { a: 3 })), []);
  });
});
