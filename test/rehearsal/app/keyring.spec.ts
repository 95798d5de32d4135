import assert from "node:assert/strict";
import { FernetKey, generateFernetKey } from "../../../rehearsal/app/fernet";
import { FernetKeyring, keyringOf } from "../../../rehearsal/app/keyring";

describe("rehearsal/app/keyring", () => {
  const [k1, k2, k3] = [generateFernetKey(), generateFernetKey(), generateFernetKey()];
  const before = new FernetKeyring([{ version: 1, key: k1 }]);
  const grace = new FernetKeyring([
    { version: 2, key: k2 },
    { version: 1, key: k1 },
    { version: 3, key: k3 },
  ]);

  it("writes under the active key and says which it is", () => {
    const { text, version } = grace.encrypt("token");
    assert.equal(version, 2);
    assert.match(text, /^v2:gAAAAA/);
    assert.ok(grace.isCurrent(text));
    assert.ok(!before.isCurrent(text));
  });

  it("reads what any of its keys wrote: the active, the old, the staged, and from before the prefix", () => {
    const legacy = new FernetKey(k1).encrypt("legacy");
    const staged = new FernetKeyring([{ version: 3, key: k3 }]).encrypt("staged").text;
    assert.equal(grace.decrypt(before.encrypt("old").text), "old");
    assert.equal(grace.decrypt(legacy), "legacy");
    assert.equal(grace.decrypt(staged), "staged");
    assert.ok(!grace.isCurrent(legacy));
  });

  it("reads a value whose prefix names the wrong key, for the key that opens it is there", () => {
    assert.equal(grace.decrypt(`v1:${new FernetKey(k2).encrypt("x")}`), "x");
    assert.equal(grace.decrypt(`v77:${new FernetKey(k2).encrypt("x")}`), "x");
  });

  it("refuses what a retired key wrote, and texts that are no ciphertext", () => {
    const after = new FernetKeyring([{ version: 2, key: k2 }]);
    for (const text of [before.encrypt("old").text, "v1:", "", "v999999999999:x", "plain"]) {
      assert.throws(() => after.decrypt(text), /no key of the keyring opens this value/);
    }
  });

  it("is read from the environment, and mistakes are named without a key", () => {
    const ring = keyringOf({ ENCRYPTION_KEY: `${k2},${k1}`, ENCRYPTION_KEY_VERSIONS: "2,1" });
    assert.deepEqual(ring.versions, [2, 1]);
    const bad: [string, string, RegExp][] = [
      [`${k2},${k1}`, "2", /ENCRYPTION_KEY_VERSIONS must give .* 2 whole numbers/],
      [`${k2},${k1}`, "2,x", /ENCRYPTION_KEY_VERSIONS/],
      [`${k2},${k1}`, "2,2", /ENCRYPTION_KEY is not usable: two keys are of the same version/],
      [`${k2},secret`, "2,1", /ENCRYPTION_KEY is not usable: a Fernet key is 32 bytes/],
      ["", "1", /ENCRYPTION_KEY is missing/],
    ];
    for (const [keys, versions, message] of bad) {
      assert.throws(
        () => keyringOf({ ENCRYPTION_KEY: keys, ENCRYPTION_KEY_VERSIONS: versions }),
        (error: Error) =>
          message.test(error.message) &&
          !error.message.includes(k2) &&
          !error.message.includes("secret"),
      );
    }
  });
});
