import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import fc from "fast-check";
import { detect } from "../../policies/detectors";
import { isPlaceholder, looksGenerated } from "../../policies/randomness";

/** Made up at run time, so that no scanner finds a credential in this file. */
const pem = generateKeyPairSync("ed25519")
  .privateKey.export({ type: "pkcs8", format: "pem" })
  .toString();
const publicPem = generateKeyPairSync("ed25519")
  .publicKey.export({ type: "spki", format: "pem" })
  .toString();
const keyFile = JSON.stringify({ type: "service_account", private_key: pem });
const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
const jwt = [encode({ alg: "HS256", typ: "JWT" }), encode({ sub: "1" }), "s".repeat(43)].join(".");
const address = "postgres://capanel:hunter2@db.example.com/capanel";
const base64 = (text: string) => Buffer.from(text).toString("base64");

describe("detectors", () => {
  const recognised: [string, string, string][] = [
    ["a private key", pem, "a private key (PEM)"],
    ["a private key on one line", pem.replaceAll("\n", "\\n"), "a private key (PEM)"],
    ["a key file", keyFile, "a service account's key file"],
    ["a JWT", `Bearer ${jwt}`, "a signed token (JWT)"],
    ["an address with a password", address, "an address with a password in it"],
    [
      "an address without a user",
      "redis://:hunter2@cache.example.com",
      "an address with a password in it",
    ],
    [
      "a password with a slash",
      "amqp://u:ab/cd==@mq.example.com",
      "an address with a password in it",
    ],
    ["a keyword string", "host=db password=hunter2", "an address with a password in it"],
    ["a GitHub token", `ghp_${"aB3".repeat(12)}`, "a provider's token"],
    ["a Stripe key", `sk_${"live"}_${"a1B2".repeat(6)}`, "a provider's token"],
  ];
  for (const [what, text, expected] of recognised) {
    it(`recognises ${what}`, () => assert.equal(detect(text), expected));
    it(`recognises ${what} in base64`, () => assert.equal(detect(base64(text)), expected));
    it(`recognises ${what} in JSON`, () =>
      assert.equal(detect(JSON.stringify({ a: [text] })), expected));
    it(`recognises ${what} in base64 in JSON`, () =>
      assert.equal(detect(JSON.stringify({ data: base64(text) })), expected));
  }

  for (const text of [
    "",
    publicPem,
    "https://example.com:8080/path",
    "http://proxy.example.com:3128/a@b",
    "mailto:admin@example.com",
    "postgres://capanel@db.example.com/capanel",
    "postgres://capanel:${PASSWORD}@db.example.com/capanel",
    "postgres://capanel:$(PASSWORD)@db.example.com/capanel",
    "eyJhbGciOi.not.atoken",
    '{"type":"service_account"}',
    "{ broken json",
    "europe-docker.pkg.dev/example-project/api@sha256:" + "ab".repeat(32),
    "8f14e45f-ceea-467f-a9a3-9d1f3c1d2e3f",
  ])
    it(`finds nothing in ${JSON.stringify(text.slice(0, 40))}`, () =>
      assert.equal(detect(text), undefined));

  it("never throws and ends on any text", () =>
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json(), fc.base64String()), (text) => {
        detect(text);
        looksGenerated(text);
        isPlaceholder(text);
      }),
      { numRuns: 300 },
    ));

  it("is done with a long and tricky text in no time", () => {
    for (const part of ["a.", "a://:", "eyJa.", "-----BEGIN A ", "sk-", '["'])
      detect(part.repeat(200_000 / part.length));
  }).timeout(3000);

  it("tells generated texts from written ones", () => {
    for (const text of ["q7Zt1Lw0Xc9Vb2Nm8Kd4", "9f86d081884c7d659a2feaa0c55ad015"])
      assert.equal(looksGenerated(text), true);
    for (const text of [
      "short1A",
      "a-long-but-plain-name",
      "projects/example/secrets/a1B2c3D4",
      "aaaaaaaaaaaaaaaa1A",
    ])
      assert.equal(looksGenerated(text), false);
  });

  it("knows what only holds a place", () => {
    for (const text of [
      "",
      "<token>",
      "${TOKEN}",
      "{{ token }}",
      "$(TOKEN)",
      "****",
      "xxxx",
      "CHANGE_ME",
      "changethis",
      "'<token>'",
    ])
      assert.equal(isPlaceholder(text), true, text);
    for (const text of ["hunter2", "admin", "password", "x1", "<a>b"])
      assert.equal(isPlaceholder(text), false, text);
  });

  it("takes what a program reads from its environment or another field for no password, and every other text for one", () => {
    for (const value of [
      'os.environ["X"]',
      "process.env.DB_PASSWORD;",
      'System.getenv("X")',
      "self.password,",
      "None):",
      "null",
    ])
      assert.equal(detect(`connect\npassword = ${value}\n`), undefined, value);
    assert.equal(detect("if password == other:"), undefined);
    for (const value of [
      "Xk9(vQ2)pLm7",
      "user.Name1",
      "{noop}hunter2",
      "os2.environ",
      "selfmade",
      "nullable7",
    ])
      assert.ok(detect(`[db]\nuser=app\npassword=${value}\n`), value);
    assert.ok(detect("Server=tcp:db,1433;User ID=sa;Password=kT9$wQ2m!xR7(;Encrypt=True"));
    assert.ok(
      detect("import os\nsubprocess.run('PWD=hunter2 psql')\nhost=db password=hunter2 port=1"),
    );
  });
});
