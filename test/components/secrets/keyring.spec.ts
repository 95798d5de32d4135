import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { Keyring, KeyringArgs, RotationRecord } from "../../../components";
import { fernetKey } from "../../../components/secrets/key-formats";
import { canary } from "../../support/mock-answers";
import { managed, named, run, settled } from "../../support/mocks";
import { RECORDS } from "../fixtures";

const FOUR: RotationRecord = { generation: 5, active: "c", slots: { a: 1, b: 5, c: 4, d: 2 } };
const RETIRED: RotationRecord = { generation: 3, active: "b", slots: { a: 1, b: 3 } };

const RUNNING = `${"A".repeat(43)}=`;

async function keyring(record: RotationRecord, args: Partial<KeyringArgs> = {}) {
  const { result, resources } = await run(() => new Keyring("data", { record, ...args }));
  return { ring: result, resources };
}

/** The program makes the hook, so that it belongs to the program's own run. */
function checked(record: RotationRecord) {
  return run(() => {
    const beforeRetirement = new pulumi.ResourceHook("rows-left", () => {});
    return new Keyring("data", { record, beforeRetirement });
  });
}

describe("components/secrets/keyring", () => {
  it("hands out Fernet keys: 32 bytes in base64url with padding, each its own", async () => {
    const { ring } = await keyring(FOUR);
    const keys = await Promise.all(ring.generations.map(({ value }) => settled(value)));
    for (const { value, isSecret } of keys) {
      assert.ok(isSecret);
      assert.match(value, /^[\w-]{43}=$/);
      assert.equal(Buffer.from(value, "base64url").length, 32);
    }
    assert.equal(new Set(keys.map(({ value }) => value)).size, 4);
  });

  it("derives a key from its text and generation alone: old rows stay readable for ever", async () => {
    // Worked out with another implementation of RFC 5869 (HMAC by hand); a change here would lose data.
    assert.equal(fernetKey("x".repeat(64), 1), "8y2OIQ8eQadLfzlV9Fri36mbKEHibjEo5seat-FQQQM=");
    assert.notEqual(fernetKey("x".repeat(64), 2), fernetKey("x".repeat(64), 1));
    const { ring } = await keyring(RECORDS.rest);
    const { value } = await settled(ring.generations[0]?.value);
    assert.equal(value, fernetKey(canary("data-a", 1), 1));
  });

  it("lists the active key first, then the decrypt-only ones, the staged one last", async () => {
    const { ring } = await keyring(FOUR);
    assert.equal(ring.keyVersions, "4,2,1,5");
    assert.deepEqual(
      ring.forConsumers.accepted.map(({ version }) => version),
      ["v4", "v2", "v1", "v5"],
    );
    const { value, isSecret } = await settled(ring.keys);
    const single = await Promise.all(ring.forConsumers.accepted.map((one) => settled(one.value)));
    assert.equal(value, single.map((one) => one.value).join(","));
    assert.ok(isSecret);
  });

  it("keeps every living key when another is staged, activated or retired", async () => {
    const value = async (record: RotationRecord, slot: string) => {
      const { ring } = await keyring(record);
      return (await settled(ring.generations.find((live) => live.slot === slot)?.value)).value;
    };
    const first = await value(RECORDS.rest, "a");
    assert.equal(await value(RECORDS.staged, "a"), first);
    assert.equal(await value(RECORDS.grace, "a"), first);
    assert.equal(await value(RECORDS.grace, "b"), await value(RECORDS.rotated, "b"));
  });

  it("asks before the consumers lose a key, and again before the key is deleted", async () => {
    const { resources } = await checked(RETIRED);
    const gate = named(resources, "data-retired");
    assert.deepEqual(gate.beforeCreate, ["rows-left"]);
    assert.deepEqual(gate.inputs, { byteLength: 4, keepers: { generations: "2" } });
    for (const slot of ["a", "b"])
      assert.deepEqual(named(resources, `data-${slot}`).beforeDelete, ["rows-left"]);
  });

  it("asks nothing while nothing was ever retired", async () => {
    const { resources } = await checked(RECORDS.grace);
    assert.deepEqual(
      managed(resources).map(({ name }) => name),
      ["data-a", "data-b"],
    );
  });

  it("refers to an adopted key, and does not make up a list without it", async () => {
    const { ring } = await keyring(RECORDS.grace, { adopted: { storeVersion: "9" } });
    assert.equal(ring.keys, undefined);
    assert.equal(ring.keyVersions, "2,1");
    assert.equal(ring.generations[0]?.storeVersion, "9");
    assert.equal(ring.generations[0].version, "v1");
  });

  it("writes with the key that ran before, as it was, until another is activated", async () => {
    const { ring, resources } = await keyring(RECORDS.rest, { runningValue: RUNNING });
    assert.deepEqual(await settled(ring.keys), { value: RUNNING, isSecret: true });
    assert.deepEqual([ring.keyVersions, managed(resources)], ["1", []]);
    const next = await keyring(RECORDS.grace, { runningValue: RUNNING });
    const { value } = await settled(next.ring.keys);
    assert.equal(value, `${fernetKey(canary("data-b", 2), 2)},${RUNNING}`);
    assert.equal(next.ring.keyVersions, "2,1");
  });

  it("makes a developer's key recognisable and still a Fernet key", async () => {
    const { ring } = await keyring(RECORDS.rest, { environment: "dev" });
    const { value, isSecret } = await settled(ring.generations[0]?.value);
    assert.ok(isSecret);
    assert.match(value, /^dev-test-[\w-]{34}=$/);
    assert.equal(Buffer.from(value, "base64url").length, 32);
  });
});
