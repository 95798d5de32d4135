import assert from "node:assert/strict";
import { FernetError, FernetKey, generateFernetKey } from "../../../rehearsal/app/fernet";

/** https://github.com/fernet/spec: generate.json, verify.json and invalid.json. */
const SECRET = "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=";
const TOKEN =
  "gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0ODy021cpGVWKZ_eEwCGM4BLLF_5CV9dOPmrhuVUPgJobwOz7JcbmrR64jVmpU4IwqDA==";
const at = (time: string) => Date.parse(time) / 1000;
const READ_AT = "1985-10-26T01:20:01-07:00";
const INVALID = [
  [
    "incorrect mac",
    /another key or was changed/,
    READ_AT,
    "gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAl1-szkFVzXTuGb4hR8AKtwcaX1YdykQUFBQUFBQUFBQQ==",
  ],
  ["too short", /too short/, READ_AT, "gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPA=="],
  [
    "invalid base64",
    /not in base64url/,
    READ_AT,
    "%%%%%%%%%%%%%AECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAl1-szkFVzXTuGb4hR8AKtwcaX1YdykRtfsH-p1YsUD2Q==",
  ],
  [
    "payload size not multiple of block size",
    /not a whole number of blocks/,
    READ_AT,
    "gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPOm73QeoCk9uGib28Xe5vz6oxq5nmxbx_v7mrfyudzUm",
  ],
  [
    "payload padding error",
    /padding is wrong/,
    READ_AT,
    "gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0ODz4LEpdELGQAad7aNEHbf-JkLPIpuiYRLQ3RtXatOYREu2FWke6CnJNYIbkuKNqOhw==",
  ],
  [
    "far-future time",
    /from the future/,
    READ_AT,
    "gAAAAAAdwStRAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAnja1xKYyhd-Y6mSkTOyTGJmw2Xc2a6kBd-iX9b_qXQcw==",
  ],
  [
    "expired",
    /too old/,
    "1985-10-26T01:21:31-07:00",
    "gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAl1-szkFVzXTuGb4hR8AKtwcaX1YdykRtfsH-p1YsUD2Q==",
  ],
  [
    "incorrect iv",
    /padding is wrong/,
    READ_AT,
    "gAAAAAAdwJ6xBQECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAkLhFLHpGtDBRLRTZeUfWgHSv49TF2AUEZ1TIvcZjK1zQ==",
  ],
  ["very short", /too short/, READ_AT, "gAAAAABdnQ1TUKh2OE_ggbyCIxfg"],
  ["super short", /another version|too short/, READ_AT, "gAAA"],
] as const;

describe("rehearsal/app/fernet", () => {
  const key = new FernetKey(SECRET);

  it("makes the token of the specification", () => {
    const iv = Buffer.from(Array.from({ length: 16 }, (_, byte) => byte));
    assert.equal(key.encrypt("hello", { now: at("1985-10-26T01:20:00-07:00"), iv }), TOKEN);
  });

  it("reads the token of the specification, within its time and, where none is set, at any time", () => {
    assert.equal(key.decrypt(TOKEN, { now: at(READ_AT), ttlSeconds: 60 }), "hello");
    assert.equal(key.decrypt(TOKEN), "hello");
  });

  for (const [what, message, now, token] of INVALID) {
    it(`refuses the specification's token with ${what}, and quotes nothing of it`, () => {
      assert.throws(
        () => key.decrypt(token, { now: at(now), ttlSeconds: 60 }),
        (error) =>
          error instanceof FernetError &&
          message.test(error.message) &&
          !error.message.includes(token),
      );
    });
  }

  it("reads back what it wrote, of any length and script, and no two tokens are alike", () => {
    const own = new FernetKey(generateFernetKey());
    for (const text of ["", "a", "x".repeat(15), "x".repeat(16), "x".repeat(10_000), "ключ 🔑"]) {
      const [one, two] = [own.encrypt(text), own.encrypt(text)];
      assert.equal(own.decrypt(one), text);
      assert.notEqual(one, two);
      assert.match(one, /^gAAAAA/);
      assert.throws(() => key.decrypt(one), /another key/);
    }
  });

  it("refuses keys of another length or alphabet without quoting them", () => {
    for (const text of [
      "",
      "short",
      SECRET.slice(0, -1),
      `${SECRET}====`,
      SECRET.replace("_", "/"),
    ]) {
      assert.throws(
        () => new FernetKey(text),
        (error) => error instanceof FernetError && (text === "" || !error.message.includes(text)),
      );
    }
  });
});
