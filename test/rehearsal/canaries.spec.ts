import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { SecretText } from "../../components/secret-text";
import { ArgumentWatch, searchTexts } from "../../rehearsal/canaries";

/** Every encoding changes it: it holds what URLs, JSON and the two alphabets of base64 write in their own way. */
const VALUE = 'pa&s/w+ö "rd"?>~~ÿÿ?>?>\\end';
const canaries = [{ name: "A_SECRET", value: new SecretText(VALUE) }];

function found(text: string): string[] {
  return searchTexts(canaries, new Map([["a place", text]])).map(({ form }) => form);
}

describe("rehearsal/canaries: a value is found in every form", () => {
  const forms: Record<string, readonly [form: string, text: string]> = {
    raw: ["raw", VALUE],
    "the bytes of a file": ["raw", Buffer.from(VALUE).toString("latin1")],
    "URL-encoded": ["URL-encoded", encodeURIComponent(VALUE)],
    "a form's encoding": ["URL-encoded", new URLSearchParams({ v: VALUE }).toString()],
    JSON: ["JSON", JSON.stringify({ v: VALUE })],
    "the bytes of JSON": ["JSON", Buffer.from(JSON.stringify(VALUE)).toString("latin1")],
  };
  for (const before of ["", "1", "22", "333"])
    for (const alphabet of ["base64", "base64url"] as const) {
      const text = Buffer.from(`${before}${VALUE}after`).toString(alphabet);
      forms[`${alphabet} after ${before.length} bytes`] = [alphabet, text];
    }

  for (const [what, [form, text]] of Object.entries(forms))
    it(what, () => {
      assert.ok(found(`begin ${text} end`).includes(form), "it was not found");
    });

  it("and not where it is not, and nothing that is told holds it", () => {
    assert.deepEqual(found(`${VALUE.slice(0, -1)} ${VALUE.toUpperCase()}`), []);
    const leaks = searchTexts(canaries, new Map([["a place", VALUE]]));
    assert.deepEqual(leaks, [{ canary: "A_SECRET", form: "raw", place: "a place" }]);
  });
});

describe("rehearsal/canaries: the bytes of a key that is written in base64url", () => {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const { d = "" } = privateKey.export({ format: "jwk" });
  const key = new SecretText(d);
  const bytes = Buffer.from(d, "base64url");
  const pem = (type: "pkcs8" | "sec1") => String(privateKey.export({ type, format: "pem" }));
  const texts: Record<string, string> = {
    "a PEM (PKCS #8)": pem("pkcs8"),
    "a PEM (SEC 1)": pem("sec1"),
    "a PEM in JSON": JSON.stringify({ key: pem("pkcs8") }),
    "base64 of its own": bytes.toString("base64"),
    hexadecimal: bytes.toString("hex"),
    "hexadecimal in capitals": bytes.toString("hex").toUpperCase(),
    "the text itself": d,
  };
  const search = (text: string, ofBytes: boolean) =>
    searchTexts([{ name: "A_KEY", value: key, ofBytes }], new Map([["a place", text]]));

  for (const [what, text] of Object.entries(texts))
    it(`are found in ${what}`, () => {
      assert.ok(search(`begin ${text} end`, true).length > 0, "they were not found");
    });

  it("are not looked for where the value is no such key, nor found in another one", () => {
    assert.deepEqual(search(bytes.toString("hex"), false), []);
    const other = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
    assert.deepEqual(search(String(other.export({ type: "pkcs8", format: "pem" })), true), []);
  });
});

describe("rehearsal/canaries: command lines", () => {
  it("sees the arguments of a process that runs while it watches", async function () {
    if (process.platform !== "linux") return this.skip();
    const script = "process.stdin.resume(); console.log('up')";
    const child = spawn(process.execPath, ["-e", script, "canary-of-an-argument"]);
    const ended = once(child, "close");
    await once(child.stdout, "data");
    assert.match(await new ArgumentWatch().stop(), /canary-of-an-argument/);
    child.stdin.end();
    await ended;
  });
});
