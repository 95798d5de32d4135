import assert from "node:assert/strict";
import { ProviderCredential, ProviderCredentialArgs } from "../../../components";
import { managed, run, settled } from "../../support/mocks";
import { RECORDS } from "../fixtures";

const secret = "VAULT_TOKEN";
const values = {
  a: { generation: 1, value: "issued-one" },
  b: { generation: 2, value: "issued-two" },
};

function credential(args: Partial<ProviderCredentialArgs> = {}) {
  const record = RECORDS.grace;
  return run(
    () => new ProviderCredential("vault", { secret, record, values, usedBy: "vault", ...args }),
  );
}

describe("components/secrets/provider-credential", () => {
  it("hands the provider the active generation, marked secret, and declares nothing", async () => {
    const { result, resources } = await credential();
    assert.deepEqual(managed(resources), []);
    assert.equal(result.active.generation, 2);
    assert.deepEqual(await settled(result.active.value), { value: "issued-two", isSecret: true });
  });

  it("is refused where the provider that uses it would issue it", async () => {
    await assert.rejects(
      credential({ issuedBy: "vault" }),
      /vault\.issuedBy: is vault, the provider that logs in with VAULT_TOKEN.*`rekey stage VAULT_TOKEN`/,
    );
    await credential({ issuedBy: "aws" });
  });

  it("reaches stores and consumers through other providers only", async () => {
    const { result } = await credential();
    assert.deepEqual(
      result.generationsThrough("gcp").map(({ generation }) => generation),
      [1, 2],
    );
    assert.throws(
      () => result.generationsThrough("vault"),
      /VAULT_TOKEN: would be written by the vault provider, which logs in with it/,
    );
    assert.ok(!("generations" in result), "its generations cannot be had past that check");
  });
});
