import assert from "node:assert/strict";
import { ApiKeyPair, ConfigurationError, ExternalValue, RotationRecord } from "../../../components";
import { managed, run, settled } from "../../support/mocks";
import { RECORDS } from "../fixtures";

const secret = "STRIPE_KEYS";
const CANARY = "canary-of-a-stripe-key";

const value = (generation: number, parts: object): ExternalValue => ({
  generation,
  value: JSON.stringify(parts),
});
const ONE = { publishable: "pk_live_one", secret: "sk_live_one" };
const TWO = { publishable: "pk_live_two", secret: "sk_live_two" };

function pair(
  values: Record<string, ExternalValue>,
  record: RotationRecord = RECORDS.grace,
  environment = "prod",
) {
  return run(() => new ApiKeyPair("stripe", { secret, record, values, environment }));
}

async function refusal(work: Promise<unknown>): Promise<ConfigurationError> {
  const error: unknown = await work.then(
    () => assert.fail("nothing was refused"),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof ConfigurationError, String(error));
  assert.ok(!error.message.includes(CANARY), "the message holds a value");
  return error;
}

describe("components/secrets/api-key-pair", () => {
  it("hands both keys out as one value a generation, and each part for an entry of its own", async () => {
    const { result, resources } = await pair({ a: value(1, ONE), b: value(2, TWO) });
    assert.deepEqual(managed(resources), []);
    const whole = await settled(result.generations[1]?.value);
    assert.deepEqual([JSON.parse(whole.value), whole.isSecret], [TWO, true]);
    for (const name of ["publishable", "secret"] as const) {
      const parts = result.part(name);
      assert.deepEqual(
        parts.map(({ slot, generation, state }) => [slot, generation, state]),
        [
          ["a", 1, "grace"],
          ["b", 2, "active"],
        ],
      );
      assert.deepEqual(await settled(parts[1]?.value), { value: TWO[name], isSecret: true });
    }
  });

  it("stops at a pair of which a part is missing, with the command that sets it", async () => {
    const error = await refusal(pair({ a: value(1, { publishable: CANARY }) }, RECORDS.rest));
    assert.equal(error.path, "rekey:external.STRIPE_KEYS.a.value");
    assert.equal(error.problem, "the pair of generation 1 has no text for its part secret");
    assert.match(
      error.fix,
      /^pulumi config rm --path 'rekey:external\.STRIPE_KEYS\.a' && rekey intake STRIPE_KEYS/,
    );
  });

  it("quotes nothing of what is no pair", async () => {
    for (const text of [CANARY, `{"secret":"${CANARY}`, JSON.stringify({ ...ONE, [CANARY]: "x" })])
      await refusal(pair({ a: { generation: 1, value: text } }, RECORDS.rest));
  });

  it("refuses half a rotation: a pair whose secret key is that of another generation", async () => {
    const half = { publishable: "pk_live_two", secret: CANARY };
    const error = await refusal(
      pair({ a: value(1, { ...ONE, secret: CANARY }), b: value(2, half) }),
    );
    assert.equal(error.path, "rekey:external.STRIPE_KEYS.b");
    assert.match(error.problem, /the pair moves as one/);
  });

  it("refuses keys of the issuer's test mode in prod, in either part", async () => {
    for (const test of [{ secret: "sk_test_abc" }, { publishable: "pk_test_abc" }]) {
      const values = { a: value(1, { ...ONE, ...test }) };
      await refusal(pair(values, RECORDS.rest, "prod"));
      await pair(values, RECORDS.rest, "staging");
    }
  });

  it("refers to a pair that is in the store already, and does not make up its parts", async () => {
    const { result } = await pair({ a: { generation: 1, version: "4" } }, RECORDS.rest);
    assert.equal(result.generations[0]?.storeVersion, "4");
    assert.throws(() => result.part("secret"), /of which the program sees no part/);
  });
});
