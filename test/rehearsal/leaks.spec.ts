import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { SecretText } from "../../components/secret-text";
import { Searched, searchLeaks } from "../../rehearsal/leaks";
import { inventory } from "../../stacks/inventory";

const VALUE = "canary??>?>>~~~ of+a/value&of&the run";
const FORMS: Record<string, string> = {
  raw: VALUE,
  base64: Buffer.from(`x${VALUE}y`).toString("base64"),
  base64url: Buffer.from(`x${VALUE}\u00ff`).toString("base64url"),
  "URL-encoded": encodeURIComponent(VALUE),
};
const FILES = ["work/a.yaml", "state/.pulumi/stack.json", "pulumi-home/a", "run/api/out", "a.log"];

describe("rehearsal/leaks: where values are looked for", () => {
  const secrets = inventory(["capanel"], "dev");
  let root: string;
  let session: Searched & { readonly said: string[] };

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "rekey-test-"));
    for (const name of [...FILES, "pg-outside/server.log"]) write(name, "nothing");
    session = {
      project: { root, env: { PULUMI_CONFIG_PASSPHRASE: "canary-of-the-passphrase" } },
      clouds: { postgres: { logFile: join(root, "pg-outside/server.log") } },
      said: [],
    };
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  function write(name: string, text: string): void {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }

  function leaks(others: Record<string, string> = {}, name = "SECRET_KEY"): Promise<string[]> {
    const held = new Map([[name, { value: new SecretText(VALUE) }]]);
    return searchLeaks(session, secrets, [new Map(), held], others);
  }

  for (const [form, text] of Object.entries(FORMS)) {
    for (const file of [...FILES, "pg-outside/server.log"])
      it(`finds it ${form} in ${file}`, async () => {
        write(file, `before ${text} after`);
        const found = await leaks();
        assert.ok(found.length > 0, "it was not found");
        assert.ok(
          found.every((line) => /^SECRET_KEY stands /.test(line)),
          found.join(),
        );
        assert.ok(
          found.some((line) => line.includes(`stands ${form} in`)),
          found.join(),
        );
        assert.ok(!found.join().includes(text), "the value was told");
      });

    it(`finds it ${form} in what was said, in command lines and in the report`, async () => {
      session.said.push("a line", JSON.stringify({ event: text }));
      const texts = { "command lines": text, "the report": text };
      const places = (await leaks(texts)).join("\n");
      for (const place of ["what the engine and the commands said", ...Object.keys(texts)])
        assert.match(places, new RegExp(`stands ${form} in ${place}`));
    });
  }

  it("finds the passphrase, and a token that was signed with a value", async () => {
    session.said.push("canary-of-the-passphrase", "canary-of-a-token");
    const held = { value: new SecretText(VALUE), signed: new SecretText("canary-of-a-token") };
    const found = await searchLeaks(session, secrets, [new Map([["SECRET_KEY", held]])], {});
    assert.deepEqual(
      found.map((line) => line.split(" stands ")[0]),
      ["SECRET_KEY (a token)", "the passphrase"],
    );
  });

  it("finds the private half of a pair of Web Push in a PEM, and passes over its public half", async () => {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const { d = "", x = "" } = privateKey.export({ format: "jwk" });
    session.said.push(String(privateKey.export({ type: "pkcs8", format: "pem" })), x);
    const pair = new Map([
      ["VAPID_PRIVATE_KEY", { value: new SecretText(d), username: x }],
      ["VAPID_PUBLIC_KEY", { value: new SecretText(x), username: x }],
    ]);
    const found = await searchLeaks(session, inventory(["project"]), [pair], {});
    assert.deepEqual(found, [
      "VAPID_PRIVATE_KEY stands base64 of its bytes in what the engine and the commands said",
    ]);
  });

  it("passes over env files, and values that are public by declaration", async () => {
    write("work/.env", VALUE);
    session.said.push("nothing");
    assert.deepEqual(await leaks(), []);
    session.said.push(VALUE);
    assert.deepEqual(await leaks({}, "VITE_STRAPI_API_KEY"), []);
  });
});
