import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { ApiKeyPair, ExternalKey, ExternalValue } from "../../../components";
import { RunOptions, named, run, settled } from "../../support/mocks";
import { RECORDS } from "../fixtures";

const VAULT = "secret/data/project/prod/intake/partner-key/g2";
const ENTRY = "arn:aws:secretsmanager:us-east-1:111122223333:secret:intake/partner-key-AbCdEf";
const AWS = `${ENTRY}|0a1b2c`;

function external(intake: string, options: RunOptions = {}) {
  const values: Record<string, ExternalValue> = {
    a: { generation: 1, value: "issued-one" },
    b: { generation: 2, intake },
  };
  const args = { secret: "PARTNER_KEY", record: RECORDS.grace, values };
  return run(() => {
    const beforeRetirement = new pulumi.ResourceHook("verified", () => undefined);
    return new ExternalKey("partner", { ...args, beforeRetirement });
  }, options);
}

describe("components/secrets: a value that was taken in past the program", () => {
  for (const [store, reference, inputs, ignored] of [
    [
      "Vault",
      VAULT,
      { mount: "secret", name: "project/prod/intake/partner-key/g2" },
      ["dataJson", "customMetadata"],
    ],
    ["AWS", AWS, { secretId: ENTRY }, ["secretId", "secretString", "versionStages"]],
  ] as const)
    it(`is taken over as it stands in ${store}, read by the provider and never written`, async () => {
      const { result, resources } = await external(reference, { takenIn: "issued-two" });
      const taken = named(resources, "partner-intake-g2");
      assert.deepEqual(taken.inputs, inputs);
      assert.equal(taken.importId, reference);
      assert.deepEqual(taken.ignoreChanges, ignored);
      const value = await settled(result.generations[1]?.value);
      assert.deepEqual(value, { value: "issued-two", isSecret: true });
      assert.equal(result.generations[1]?.storeVersion, undefined);
    });

  it("is protected while it is in use, and goes after the consumers were asked", async () => {
    const { resources } = await external(VAULT);
    const { protect, beforeDelete, parent } = named(resources, "partner-intake-g2");
    assert.deepEqual([protect, beforeDelete], [true, ["verified"]]);
    assert.match(parent, /ExternalKey::partner$/);
  });

  it("leaves no value in what the program registers itself", async () => {
    const { resources } = await external(VAULT, { takenIn: "canary-of-an-intake" });
    assert.ok(!JSON.stringify(resources).includes("canary-of-an-intake"));
  });

  it("stops the program where nothing stands", async () => {
    const { result } = await external(VAULT, { takenIn: " " });
    await assert.rejects(
      settled(result.generations[1]?.value),
      /there is no value at secret\/data\/project\/prod\/intake\/partner-key\/g2/,
    );
  });

  it("may be a pair, of which each part has an entry of its own", async () => {
    const record = RECORDS.rotated;
    const args = {
      secret: "PARTNER_KEYS",
      record,
      values: { b: { generation: 2, intake: VAULT } },
    };
    const takenIn = JSON.stringify({ publishable: "public-two", secret: "issued-two" });
    const { result } = await run(() => new ApiKeyPair("partner", args), { takenIn });
    const [part] = result.part("secret");
    assert.deepEqual(await settled(part?.value), { value: "issued-two", isSecret: true });
  });
});
