import assert from "node:assert/strict";
import { ConfigurationError, SecretGeneration, VaultSharedPath } from "../../../components";
import { canary } from "../../support/mock-answers";
import { isEnvelope, managed, named, run } from "../../support/mocks";
import { NO_OPTIONS, RECORDS, optionsOf, withValues } from "../fixtures";

type Secrets = Record<string, readonly SecretGeneration[]>;

function shared(secrets: () => Secrets) {
  return run(() => new VaultSharedPath("all", { path: "project/prod", secrets: secrets() }));
}

const found = (): SecretGeneration[] => [{ slot: "a", generation: 1, state: "active" }];

describe("components/stores/vault-shared-path", () => {
  it("writes every secret in one version: the active values, and each live one while there are several", async () => {
    const { resources } = await shared(() => ({
      JWT_SECRET: withValues(RECORDS.grace),
      MEILI_API_KEY: withValues(RECORDS.rest),
    }));
    const { inputs } = named(resources, "all-secrets");
    assert.ok(isEnvelope(inputs.dataJson));
    assert.deepStrictEqual(JSON.parse(inputs.dataJson.value as string), {
      JWT_SECRET: canary("value", 2),
      JWT_SECRET_ACCEPTED_A: canary("value", 1),
      JWT_SECRET_ACCEPTED_B: canary("value", 2),
      MEILI_API_KEY: canary("value", 1),
    });
    assert.deepStrictEqual(inputs.customMetadata, {
      data: { "JWT_SECRET-generation": "2", "MEILI_API_KEY-generation": "1" },
    });
    assert.deepEqual(optionsOf(named(resources, "all-secrets")), { ...NO_OPTIONS, protect: true });
  });

  it("leaves the path as it was found until something is rotated", async () => {
    const { result, resources } = await shared(() => ({ JWT_SECRET: found() }));
    assert.deepEqual(managed(resources), []);
    assert.equal(result.dataPath, "secret/data/project/prod");
  });

  it("refuses to write the path without a value that only the store knows", async () => {
    const mixed = shared(() => ({ JWT_SECRET: withValues(RECORDS.rotated), GMAIL: found() }));
    await assert.rejects(mixed, (error: ConfigurationError) => {
      assert.ok(error instanceof ConfigurationError);
      assert.match(
        error.message,
        /secret\/data\/project\/prod GMAIL: generation 1.*rekey intake GMAIL/,
      );
      return true;
    });
  });
});
