import assert from "node:assert/strict";
import { ConfigurationError, DeclaredKey, ServiceIdentity } from "../../../components";
import { canary, emailOf } from "../../support/mock-answers";
import { managed, named, run, settled } from "../../support/mocks";
import { NO_OPTIONS, optionsOf } from "../fixtures";

const project = "example-project";
const reason = "a partner without federation";

function identity(key?: DeclaredKey) {
  return run(() => new ServiceIdentity("svc", { project, accountId: "svc-account", key }));
}

async function refusal(key: DeclaredKey): Promise<ConfigurationError> {
  const error = await identity(key).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof ConfigurationError);
  return error;
}

describe("components/secrets/service-identity", () => {
  it("is keyless: an account and nothing that can be stolen", async () => {
    const { result, resources } = await identity();
    const [account, ...others] = managed(resources);
    assert.deepEqual(others, []);
    assert.equal(account?.name, "svc-account");
    assert.deepStrictEqual(account.inputs, { project, accountId: "svc-account" });
    assert.deepEqual(optionsOf(account), NO_OPTIONS);
    assert.equal(result.keyFile, undefined);
    const email = emailOf("svc-account", project);
    assert.deepEqual(await settled(result.member), {
      value: `serviceAccount:${email}`,
      isSecret: false,
    });
  });

  it("makes a key only where one is declared, with reason and expiry on record, and marks it secret", async () => {
    const { result, resources } = await identity({ reason, expires: "2026-12-31", generation: 3 });
    const key = named(resources, "svc-key");
    assert.deepStrictEqual(key.inputs, {
      serviceAccountId: `projects/${project}/serviceAccounts/svc-account`,
      keepers: { generation: "3", reason, expires: "2026-12-31" },
    });
    assert.deepEqual(optionsOf(key), { ...NO_OPTIONS, ignoreChanges: ["keepers.reason"] });
    assert.deepEqual(await settled(result.keyFile), {
      value: canary("svc-key", "key"),
      isSecret: true,
    });
  });

  it("refuses a key without a real reason", async () => {
    const error = await refusal({ reason: "  todo    ", expires: "2026-12-31" });
    assert.equal(error.path, "svc.key.reason");
    assert.match(error.allowed, /at least 10 characters/);
    assert.match(error.fix, /use the keyless identity/);
  });

  for (const expires of ["", "soon", "2026-02-30", "2026-13-01", "31.12.2026", "2026-12-31T00:00Z"])
    it(`refuses ${JSON.stringify(expires)} as the day on which a key must be gone`, async () => {
      const error = await refusal({ reason, expires });
      assert.equal(error.path, "svc.key.expires");
      assert.match(error.allowed, /'YYYY-MM-DD'/);
    });
});
