import assert from "node:assert/strict";
import { EXTERNAL, checkExternal, fingerprintOf, readExternal } from "../../components/external";
import { SecretDeclaration } from "../../components/inventory";
import { AT_REST, activate, retire, slotNames, stage } from "../../components/rotation";
import { SecretText } from "../../components/secret-text";
import { Cipher } from "../../operator/ciphertext";
import { RekeyError } from "../../operator/errors";
import {
  FINGERPRINT_KEY,
  externalOf,
  settingOf,
  settingsWith,
  withoutEmptied,
} from "../../operator/external";
import { PlainMap } from "../../operator/yaml-text";
import { CAPANEL_SECRETS } from "../../stacks/capanel/inventory";

const secret = CAPANEL_SECRETS.find(({ source }) => source === "external") as SecretDeclaration;
const NAME = secret.name;

/** A fake of the stack's secrets provider: ciphertexts are numbers of a list kept here. */
function fakeCipher(): Cipher & { values: string[] } {
  const values: string[] = [];
  return {
    values,
    encrypt: (value) => Promise.resolve(`v1:${values.push(value.reveal()) - 1}`),
    decrypt: (text) => Promise.resolve(new SecretText(values[Number(text.slice(3))] ?? "")),
    beside: () => ({}),
  };
}

/** What the program reads: the setting with its ciphertexts opened. */
function opened(setting: unknown, cipher: { values: string[] }): unknown {
  return JSON.parse(JSON.stringify(setting), (_key, value: unknown) => {
    const secure =
      typeof value === "object" && value !== null && "secure" in value ? value.secure : undefined;
    return typeof secure === "string" ? cipher.values[Number(secure.slice(3))] : value;
  });
}

const take = (slot: string, generation: number, value: string) => ({
  secret,
  slot,
  generation,
  value: new SecretText(value),
});

const file = (config: PlainMap) => ({ path: "", text: "", content: {}, config });
const taking = (
  cipher: Cipher,
  config: PlainMap,
  external: Record<string, PlainMap>,
  taken: ReturnType<typeof take>,
) => {
  const records = new Map([[NAME, AT_REST]]);
  const intake = { file: file(config), external, records, cipher };
  return settingsWith({ ...intake, take: () => Promise.resolve([taken]) });
};

describe("externally issued secrets", () => {
  const first = async (cipher: Cipher) =>
    (await taking(cipher, {}, {}, take("a", 1, "first"))) as PlainMap;

  it("are taken in as the program reads them: ciphertext, generation and keyed fingerprint", async () => {
    const cipher = fakeCipher();
    const settings = await first(cipher);
    const [key] = cipher.values;
    assert.ok(key && key.length >= 43, "a key of 256 bits");
    assert.deepEqual(settings, {
      [EXTERNAL]: {
        [NAME]: {
          a: { generation: 1, value: { secure: "v1:1" }, fingerprint: fingerprintOf("first", key) },
        },
      },
      [FINGERPRINT_KEY]: { secure: "v1:0" },
    });
    const values = readExternal(opened(settings[EXTERNAL], cipher));
    checkExternal(NAME, AT_REST, values[NAME] ?? {}, key);
  });

  it("take the next value under the same key", async () => {
    const cipher = fakeCipher();
    const config = await first(cipher);
    const record = stage(AT_REST, slotNames());
    const settings = await taking(cipher, config, externalOf({ config }), take("b", 2, "second"));
    assert.ok(!(FINGERPRINT_KEY in settings));
    const values = readExternal(opened(settings[EXTERNAL], cipher));
    checkExternal(NAME, record, values[NAME] ?? {}, cipher.values[0]);
  });

  it("refuse the value of a live generation, whether it has a fingerprint or was set by hand", async () => {
    const cipher = fakeCipher();
    const config = await first(cipher);
    const byHand = { [NAME]: { a: { generation: 1, value: { secure: "v1:1" } } } };
    for (const external of [externalOf({ config }), byHand])
      await assert.rejects(
        taking(cipher, config, external, take("b", 2, "first")),
        (error: unknown) => {
          assert.ok(error instanceof RekeyError);
          assert.equal(error.code, "same-value");
          assert.equal(error.exitCode, 2);
          assert.ok(!error.toText(200).includes("first"));
          return true;
        },
      );
  });

  it("get new fingerprints where the key is gone", async () => {
    const cipher = fakeCipher();
    const config: PlainMap = { [EXTERNAL]: (await first(cipher))[EXTERNAL] ?? {} };
    const settings = await taking(cipher, config, externalOf({ config }), take("b", 2, "second"));
    const key = cipher.values[2];
    const values = readExternal(opened(settings[EXTERNAL], cipher));
    checkExternal(NAME, stage(AT_REST, slotNames()), values[NAME] ?? {}, key);
  });

  it("leave the configuration with the slot that is emptied, and the setting with the last of them", () => {
    const from = activate(stage(AT_REST, slotNames()));
    const to = retire(from);
    const slot = (generation: number) => ({ generation, version: `versions/${generation}` });
    const config = { [EXTERNAL]: { [NAME]: { a: slot(1), b: slot(2) } } };
    const planned = [{ secret, move: "retire" as const, from, to, interruption: "none" }];
    const left = withoutEmptied(file(config), planned);
    assert.deepEqual(left, { [NAME]: { b: slot(2) } });
    assert.deepEqual(settingOf({ [NAME]: {} }), { [EXTERNAL]: undefined });
  });

  it("refuse a setting of another kind by its path, and without its content", () => {
    for (const [setting, path] of [
      ["CANARY", EXTERNAL],
      [{ [NAME]: "CANARY" }, `${EXTERNAL}.${NAME}`],
      [{ secure: "CANARY" }, `${EXTERNAL}.secure`],
    ] as const)
      assert.throws(
        () => externalOf({ config: { [EXTERNAL]: setting } }),
        (error: unknown) =>
          error instanceof RekeyError &&
          error.path === path &&
          !error.toText(200).includes("CANARY"),
      );
  });
});
