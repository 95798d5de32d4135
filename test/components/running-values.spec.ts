import assert from "node:assert/strict";
import { ConfigurationError } from "../../components/errors";
import { type ExternalValue, fingerprintOf } from "../../components/external";
import type { SecretClass } from "../../components/inventory";
import { type RunningValueRules, runningValue } from "../../components/running-values";
import { RECORDS } from "./fixtures";

const KEY = "a key of fingerprints";
const VALUE = "canary-of-what-runs";
const FERNET = `${"A".repeat(43)}=`;

const read = (
  values: Readonly<Record<string, ExternalValue>>,
  more: Partial<RunningValueRules> = {},
  kind: SecretClass = "session-secret",
) =>
  runningValue(
    { name: "SESSION_SECRET", class: kind },
    { record: RECORDS.grace, values, key: KEY, environment: "prod", ...more },
  );

describe("components/running-values", () => {
  it("is the value of generation 1 as long as it lives, and none where none was brought in", () => {
    assert.equal(read({}), undefined);
    const fingerprint = fingerprintOf(VALUE, KEY);
    assert.equal(read({ a: { generation: 1, value: VALUE, fingerprint } }), VALUE);
    assert.equal(read({ a: { generation: 1, value: FERNET } }, {}, "keyring"), FERNET);
  });

  const refused: readonly [string, Parameters<typeof read>, RegExp][] = [
    ["a later generation", [{ b: { generation: 2, value: VALUE } }], /no value of generation 1/],
    ["a slot that holds another one", [{ b: { generation: 1, value: VALUE } }], /no value of generation 1/], // prettier-ignore
    ["a retired generation", [{ a: { generation: 1, value: VALUE } }, { record: RECORDS.rotated }], /no value of generation 1/], // prettier-ignore
    ["two values", [{ a: { generation: 1, value: VALUE }, b: { generation: 1, value: "x" } }], /no value of generation 1/], // prettier-ignore
    ["an empty value", [{ a: { generation: 1, value: " " } }], /holds no value/],
    ["a store's version", [{ a: { generation: 1, version: "3" } }], /holds no value/],
    ["a value in dev", [{ a: { generation: 1, value: VALUE } }, { environment: "dev" }], /the environment is dev/], // prettier-ignore
    ["a text as a key of encryption", [{ a: { generation: 1, value: VALUE } }, {}, "keyring"], /no Fernet key/], // prettier-ignore
    ["a changed value", [{ a: { generation: 1, value: VALUE, fingerprint: "hmac-sha256:0123456789abcdef" } }], /not the one that was taken in/], // prettier-ignore
  ];
  for (const [what, given, says] of refused)
    it(`refuses ${what}, names the setting and quotes no value`, () => {
      assert.throws(
        () => read(...given),
        (error) => {
          assert.ok(error instanceof ConfigurationError);
          assert.match(error.problem, says);
          assert.match(error.path, /^rekey:external\.SESSION_SECRET\.[ab]$/);
          assert.doesNotMatch(error.message, /canary/);
          return true;
        },
      );
    });
});
