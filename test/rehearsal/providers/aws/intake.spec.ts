import assert from "node:assert/strict";
import { AwsSecretsManager, ExternalKey, type RotationRecord } from "../../../../components";
import type { ExternalValue } from "../../../../components/external";
import { SecretText } from "../../../../components/secret-text";
import type { KnownResource } from "../../../../operator/recovery/state";
import { awsIntake } from "../../../../operator/to-store/aws";
import { ENGINE_MS } from "../../../support/rehearsal";
import { AwsStack } from "./stack";
import {
  OPENROUTER_ENTRY as NAME,
  OPENROUTER_INTAKE as INTAKE,
  OPENROUTER as target,
} from "../../../support/openrouter";

const record = (active: string, slots: RotationRecord["slots"]): RotationRecord => ({
  generation: Math.max(...Object.values(slots)),
  active,
  slots,
});
const VALUES = { 1: "CANARY-first", 2: "CANARY-second", 3: "CANARY-third" };
const [VALUE, LABEL] = ["PutSecretValue", "UpdateSecretVersionStage"];

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
    const named = Object.values(values).flatMap((one) => ("intake" in one ? [one.intake] : []));
    const entry = awsIntake(target, resources, named, client);
    assert.deepEqual(await entry.look(generation), []);
    const intake = await entry.put(new SecretText(VALUES[generation]), generation);
    values[slot] = { generation, intake };
    assert.deepEqual((await awsIntake(target, resources, [], client).look(generation)).length, 1);
    client.destroy();
  }

  async function knownResources(): Promise<readonly KnownResource[]> {
    const { checkpoint } = JSON.parse(await stack.project.state()) as {
      checkpoint: { latest: { resources: KnownResource[] } };
    };
    return checkpoint.latest.resources;
  }

  it("is published by the next update in one write, and AWSCURRENT stays where it is", async () => {
    await stage(2, "b");
    assert.deepEqual(await up(record("a", { a: 1, b: 2 })), [VALUE]);
    assert.equal(await stack.value(NAME), VALUES[1]);
    assert.equal(await stack.value(NAME, "rekey-g2"), VALUES[2]);
    assert.ok(!(await stack.project.state()).includes("CANARY"));
  });

  it("becomes current by one write, rolls back by one, and then all is still", async () => {
    const [old, wanted] = [record("a", { a: 1, b: 2 }), record("b", { a: 1, b: 2 })];
    for (const [given, value] of [
      [wanted, VALUES[2]],
      [old, VALUES[1]],
      [wanted, VALUES[2]],
    ] as const) {
      assert.deepEqual(await up(given), [VALUE]);
      assert.equal(await stack.value(NAME), value);
      assert.deepEqual(await up(given), []);
    }
  });

  it("retires what was in use before by one write", async () => {
    delete values["a"];
    assert.deepEqual(await up(record("b", { b: 2 })), [LABEL]);
    assert.deepEqual(await up(record("b", { b: 2 })), []);
  });

  it("is followed by another one, and after each move nothing is left to write", async () => {
    await stage(3, "a");
    // Staged and activated in one update, as a rotation is: a version of its own, and one that is current.
    assert.deepEqual(await up(record("a", { a: 3, b: 2 })), [VALUE, VALUE]);
    assert.equal(await stack.value(NAME), VALUES[3]);
    assert.deepEqual(await up(record("a", { a: 3, b: 2 })), []);
    assert.equal(await stack.value(NAME, "rekey-g2"), VALUES[2]);
  });

  it("loses its label with its retirement, where it is published and where it was taken in", async () => {
    delete values["b"];
    assert.deepEqual(await up(record("a", { a: 3 })), [LABEL, LABEL]);
    const ours = (await stack.labels(INTAKE)).flat().filter((label) => label !== "AWSCURRENT");
    assert.deepEqual(ours, ["rekey-g3"]);
    assert.deepEqual(await up(record("a", { a: 3 })), []);
  });
});
