import assert from "node:assert/strict";
import {
  ConfigurationError,
  ExternalValue,
  RotationRecord,
  checkExternal,
  fingerprintOf,
  readExternal,
} from "../../components";
import { RECORDS } from "./fixtures";

const SECRET = "PARTNER_KEY";
const CANARY = "canary-of-a-partner-key";
const KEY = "the key of the fingerprints";

function refusal(check: () => unknown): ConfigurationError {
  try {
    check();
  } catch (error) {
    assert.ok(error instanceof ConfigurationError, String(error));
    assert.ok(!error.message.includes(CANARY), "a message holds a value");
    for (const part of CANARY.match(/.{6}/g) ?? [])
      assert.ok(!error.message.includes(part), "a message holds a part of a value");
    return error;
  }
  return assert.fail("nothing was refused");
}

function checked(
  values: Record<string, ExternalValue>,
  record: RotationRecord = RECORDS.grace,
  key: string | undefined = KEY,
): void {
  checkExternal(SECRET, record, values, key);
}

const value = (generation: number, suffix = ""): ExternalValue => ({
  generation,
  value: CANARY + suffix,
  fingerprint: fingerprintOf(CANARY + suffix, KEY),
});

describe("components/external", () => {
  it("accepts one value of its own for each live slot", () => {
    checked({ a: value(1), b: value(2, "-next") });
    checked({ a: { generation: 1, version: "3" }, b: { generation: 2, version: "4" } });
    const intake = (generation: number) => `secret/data/intake/partner-key/g${generation}`;
    checked({ a: value(1), b: { generation: 2, intake: intake(2) } });
    const entry = { generation: 1, intake: intake(1) };
    assert.deepEqual(readExternal({ PARTNER_KEY: { a: entry } }), { PARTNER_KEY: { a: entry } });
    checked({ b: value(2) }, RECORDS.rotated);
  });

  it("names the commands that set a missing value", () => {
    const error = refusal(() => checked({ a: value(1) }));
    assert.equal(error.path, "rekey:external.PARTNER_KEY.b");
    assert.equal(error.problem, "generation 2 of PARTNER_KEY has no value");
    assert.equal(
      error.fix,
      "pulumi config set --path 'rekey:external.PARTNER_KEY.b.generation' 2 && " +
        "pulumi config set --secret --path 'rekey:external.PARTNER_KEY.b.value'",
    );
  });

  for (const empty of ["", "  \n"])
    it(`takes ${JSON.stringify(empty)} for an empty value`, () => {
      const error = refusal(() => checked({ a: value(1), b: { generation: 2, value: empty } }));
      assert.equal(error.path, "rekey:external.PARTNER_KEY.b");
      assert.match(error.problem, /has an empty value/);
      assert.match(error.fix, /pulumi config set --secret --path/);
    });

  it("refuses a bump without a new value: the value is of the generation before", () => {
    const error = refusal(() => checked({ a: value(1), b: value(1, "-next") }));
    assert.equal(error.path, "rekey:external.PARTNER_KEY.b");
    assert.match(error.problem, /holds generation 2, its value is of generation 1/);
    assert.equal(error.allowed, "a value of generation 2");
    assert.match(error.fix, /`rekey stage PARTNER_KEY`/);
  });

  for (const [how, key] of [
    ["by its fingerprint", KEY],
    ["by itself where no fingerprint key is set", undefined],
  ] as const)
    it(`refuses a value that another slot has already, told ${how}`, () => {
      const repeated = { a: value(1), b: value(2) };
      const error = refusal(() => checkExternal(SECRET, RECORDS.grace, repeated, key));
      assert.equal(error.path, "rekey:external.PARTNER_KEY.b");
      assert.match(error.problem, /same value as slot a: a bump without a new value/);
      assert.match(error.fix, /`rekey withdraw PARTNER_KEY`/);
    });

  it("refuses one version of the store for two generations", () => {
    const error = refusal(() =>
      checked({ a: { generation: 1, version: "3" }, b: { generation: 2, version: "3" } }),
    );
    assert.match(error.problem, /same value as slot a/);
    const intake = "secret/data/intake/partner-key/g1";
    const twice = { a: { generation: 1, intake }, b: { generation: 2, intake } };
    assert.match(refusal(() => checked(twice)).problem, /same value as slot a/);
  });

  it("refuses a new value without a bump: it does not fit its fingerprint", () => {
    const changed = {
      generation: 2,
      value: CANARY,
      fingerprint: fingerprintOf("another", KEY),
    };
    const error = refusal(() => checked({ a: value(1, "-before"), b: changed }));
    assert.equal(error.path, "rekey:external.PARTNER_KEY.b");
    assert.match(error.problem, /not the one that was taken in: a new value without a bump/);
    assert.match(error.fix, /put the old value back/);
  });

  it("makes fingerprints that only the key's holder can compare", () => {
    assert.match(fingerprintOf(CANARY, KEY), /^hmac-sha256:[0-9a-f]{16}$/);
    assert.equal(fingerprintOf(CANARY, KEY), fingerprintOf(CANARY, KEY));
    assert.notEqual(fingerprintOf(CANARY, KEY), fingerprintOf(CANARY, "another key"));
    assert.notEqual(fingerprintOf(CANARY, KEY), fingerprintOf(`${CANARY}-next`, KEY));
  });

  for (const [what, raw, path] of [
    ["a text", CANARY, "rekey:external"],
    ["a value in place of the slots", { PARTNER_KEY: CANARY }, "rekey:external.PARTNER_KEY"],
    ["a value in place of a slot", { PARTNER_KEY: { a: CANARY } }, "rekey:external.PARTNER_KEY.a"],
    ["a value alone", { PARTNER_KEY: { a: { value: CANARY } } }, "rekey:external.PARTNER_KEY.a"],
    [
      "an unknown part",
      { PARTNER_KEY: { a: { generation: 1, secret: CANARY } } },
      "rekey:external.PARTNER_KEY.a",
    ],
    [
      "a value and a version",
      { PARTNER_KEY: { a: { generation: 1, value: CANARY, version: "1" } } },
      "rekey:external.PARTNER_KEY.a",
    ],
    [
      "an intake that is nowhere",
      { PARTNER_KEY: { a: { generation: 1, intake: CANARY } } },
      "rekey:external.PARTNER_KEY.a.intake",
    ],
    [
      "a plain digest as fingerprint",
      { PARTNER_KEY: { a: { generation: 1, value: CANARY, fingerprint: "sha256:00" } } },
      "rekey:external.PARTNER_KEY.a.fingerprint",
    ],
  ] as const)
    it(`refuses ${what}, naming the path and the shape`, () => {
      const error = refusal(() => readExternal(raw));
      assert.equal(error.path, path);
      assert.match(error.allowed, /\{ generation, value: <encrypted> \}/);
      assert.match(error.fix, /`rekey stage/);
    });

  it("reads nothing as no values", () => {
    assert.deepEqual(readExternal(undefined), {});
  });
});
