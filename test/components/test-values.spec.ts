import assert from "node:assert/strict";
import {
  ConfigurationError,
  ExternalKey,
  TEST_MARK,
  Token,
  refuseTestValue,
} from "../../components";
import { canary } from "../support/mock-answers";
import { named, run, settled } from "../support/mocks";
import { RECORDS } from "./fixtures";

const PATH = "rekey:external.STRIPE_KEYS.a";

function refusal(value: string, environment: string | undefined): ConfigurationError | undefined {
  try {
    refuseTestValue(PATH, "STRIPE_KEYS", value, environment);
    return undefined;
  } catch (error) {
    assert.ok(error instanceof ConfigurationError, String(error));
    assert.ok(!error.message.includes(value), "the message holds the value");
    return error;
  }
}

describe("components/test-values", () => {
  it("makes a developer's generated values recognisable, and no others", async () => {
    const value = async (environment?: string) => {
      const { result } = await run(
        () => new Token("key", { record: RECORDS.rest, ...(environment ? { environment } : {}) }),
      );
      return settled(result.generations[0]?.value);
    };
    const plain = { value: canary("key-a", 1), isSecret: true };
    assert.deepEqual(await value("dev"), { ...plain, value: TEST_MARK + plain.value });
    for (const environment of [undefined, "staging", "prod"])
      assert.deepEqual(await value(environment), plain);
  });

  it("declares the same resource in every environment: the mark is put on afterwards", async () => {
    const token = async (environment: string) => {
      const { resources } = await run(
        () => new Token("key", { record: RECORDS.rest, environment }),
      );
      return named(resources, "key-a");
    };
    assert.deepStrictEqual(await token("dev"), await token("prod"));
  });

  it("refuses a developer's value in staging and prod", () => {
    for (const environment of ["staging", "prod"]) {
      const error = refusal(`${TEST_MARK}abcdefgh`, environment);
      assert.equal(error?.path, PATH);
      assert.match(error?.problem ?? "", new RegExp(`the environment is ${environment}$`));
      assert.match(error?.fix ?? "", /`rekey stage STRIPE_KEYS`/);
    }
    assert.equal(refusal(`${TEST_MARK}abcdefgh`, "dev"), undefined);
    assert.equal(refusal(`${TEST_MARK}abcdefgh`, undefined), undefined);
  });

  for (const value of ["sk_test_abcdef", "pk_test_abcdef", "FLWSECK_TEST-abcdef"])
    it(`refuses ${value.slice(0, -6)}… in prod only: staging works with the issuer's test mode`, () => {
      assert.match(refusal(value, "prod")?.allowed ?? "", /live mode/);
      for (const environment of ["staging", "dev", undefined])
        assert.equal(refusal(value, environment), undefined);
    });

  it("lets live values through", () => {
    for (const value of ["sk_live_abcdef", "whsec_abcdef", "a test_of words"])
      assert.equal(refusal(value, "prod"), undefined);
  });

  for (const value of ["sk_live_abcdef", "pk_live_abcdef", "rk_live_abcdef", "FLWSECK-abcdef"])
    it(`refuses ${value.slice(0, -6)}… in dev, where nobody should move real money`, () => {
      const error = refusal(value, "dev");
      assert.match(error?.problem ?? "", /^holds a live key, and the environment is dev$/);
      assert.match(error?.allowed ?? "", /test mode/);
      assert.doesNotMatch(error?.message ?? "", /abcdef/);
      for (const environment of ["staging", "prod", undefined])
        assert.equal(refusal(value, environment), undefined);
    });

  it("is asked for every externally issued value", async () => {
    const values = { a: { generation: 1, value: `${TEST_MARK}abcdefgh` } };
    const key = (environment: string) =>
      run(() => new ExternalKey("k", { secret: "KEY", record: RECORDS.rest, values, environment }));
    await assert.rejects(key("prod"), /rekey:external\.KEY\.a: holds a test value/);
    await key("dev");
  });
});
