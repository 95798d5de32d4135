import assert from "node:assert/strict";
import { printable } from "../../../policies/message";
import { noPlaintextCredentialInCloudRunEnv as rule } from "../../../policies/rules/no-plaintext-credential-in-cloud-run-env";
import { analyze, analyzeStack, configure, findings, secret, unknown } from "../harness";
import { SHAPES, service } from "./cloud-run";

const CANARY = "canary-4f1c9b";

describe("no-plaintext-credential-in-cloud-run-env", () => {
  beforeEach(() => configure({}));

  for (const [shape, declare] of Object.entries(SHAPES))
    it(`finds a password in a ${shape} and names the path`, () => {
      const resource = declare([
        { name: "PORT", value: "8080" },
        { name: "POSTGRES_PASSWORD", value: CANARY },
      ]);
      const found = findings(rule, resource);
      assert.equal(found.length, 1);
      assert.match(printable(found[0]!.path), /containers\[0\]\.envs\[1\]\.value$/);
    });

  for (const name of [
    "POSTGRES_PASSWORD",
    "PGPASSWORD",
    "DB_PASS",
    "SMTP_PWD",
    "SECRET_KEY",
    "SECRET_KEY_ACCEPTED_A",
    "JWT_SECRET",
    "GITHUB_TOKEN",
    "VITE_STRAPI_API_KEY",
    "apiKey",
    "APP_KEYS",
    "VAPID_PRIVATE_KEY",
    "AWS_SECRET_ACCESS_KEY",
    "CLIENT-SECRET",
    "GOOGLE_CREDENTIALS",
  ]) {
    it(`takes ${name} for a credential`, () =>
      assert.equal(findings(rule, service({ name, value: CANARY })).length, 1));
    it(`lets ${name} pass as a reference to a secret`, () => {
      const valueSource = { secretKeyRef: { secret: "example", version: "3" } };
      assert.deepEqual(findings(rule, service({ name, valueSource })), []);
    });
  }

  for (const [name, value] of [
    ["POSTGRES_USER", "capanel_a"],
    ["FIRST_SUPERUSER", "admin@example.com"],
    ["ACCESS_TOKEN_EXPIRE_MINUTES", "11520"],
    ["SECRET_NAME", "capanel-secret-key-production"],
    ["AWS_ACCESS_KEY_ID", "AKIA-not-a-secret"],
    ["TOKEN_URL", "https://auth.example.com/token"],
    [
      "VAPID_PUBLIC_KEY",
      "BNcRdreALRFXTkOOUHK1EtK2wtaz5Ry4YfYCA_0QTpQtUbVlUls0VJXg7A8u-Ts1XbjhazAkj7I99e8QcYP7DkM",
    ],
    ["PASSWORD_LOGIN", "true"],
    ["USE_SECRET_TOKEN", "false"],
    ["MAX_PASSWORD", "64"],
    ["API_KEY", "${API_KEY}"],
    ["API_KEY", "<your-api-key>"],
    ["API_KEY", "CHANGE_ME"],
    ["DB_PASSWORD", ""],
    ["DB_PASSWORD", "projects/example-project/secrets/db/versions/3"],
    ["DATABASE_URL", "postgres://capanel_a@db.example.com/capanel"],
    ["CACHE_KEY", "capanel:pages"],
    ["PWD", "/srv/app"],
    ["MAX_TOKENS", "1000000"],
    ["GOOGLE_APPLICATION_CREDENTIALS", "/var/run/secrets/google.json"],
  ] as const)
    it(`lets ${name} pass with ${value || "an empty text"}`, () =>
      assert.deepEqual(findings(rule, service({ name, value })), []));

  it("recognises a password inside a database address, whatever the variable is called", () => {
    for (const name of ["DATABASE_URL", "UPSTREAM"]) {
      const value = `postgres://capanel_a:${CANARY}@db.example.com/capanel`;
      assert.equal(findings(rule, service({ name, value })).length, 1);
    }
  });

  it("holds a key of a perhaps harmless name only when it looks generated", () => {
    assert.equal(
      findings(rule, service({ name: "MAPS_KEY", value: "q7Zt1Lw0Xc9Vb2Nm8Kd4" })).length,
      1,
    );
    assert.deepEqual(findings(rule, service({ name: "MAPS_KEY", value: "north-and-south" })), []);
  });

  it("does not let a secret mark, a configured value or an unknown excuse a plain value", async () => {
    configure({ "example-project:password": CANARY }, "example-project:password");
    const resource = service(
      { name: "A_PASSWORD", value: secret(CANARY) },
      { name: "B_PASSWORD", value: CANARY },
      { name: "C_PASSWORD", value: unknown },
      { name: "D_PASSWORD", value: secret(unknown) },
      { name: "HARMLESS", value: secret(unknown) },
    );
    const violations = await analyze(resource, rule);
    assert.equal(violations.length, 5);
    assert.match(violations[1]!.message, /B_PASSWORD .*configuration/);
    assert.match(violations[2]!.message, /C_PASSWORD .*output of another resource/);
  });

  it("goes on behind unknown entries, names and lists", () => {
    const value = CANARY;
    const resource = service(
      unknown,
      { name: unknown, value: unknown },
      { name: unknown, value: `https://user:${value}@example.com` },
      { name: "A_TOKEN", value },
    );
    assert.equal(findings(rule, resource).length, 2);
    assert.deepEqual(findings(rule, SHAPES["v2 service"]!(unknown)), []);
  });

  it("takes settings for names of one's own", () => {
    const own = service({ name: "KIOSK_CODE", value: "opensesame" });
    assert.equal(findings(rule, own, { extraNames: ["KIOSK_CODE"] }).length, 1);
    const known = service({ name: "DEMO_TOKEN", value: "opensesame" });
    assert.deepEqual(findings(rule, known, { allowedNames: ["DEMO_TOKEN"] }), []);
  });

  it("looks at build-time variables too", () => {
    const environmentVariables = { NPM_TOKEN: CANARY, NODE_ENV: "production" };
    const properties = { buildConfig: { environmentVariables } };
    const found = findings(rule, { type: "gcp:cloudrunv2/service:Service", properties });
    assert.deepEqual(
      found.map(({ path }) => printable(path)),
      ["buildConfig.environmentVariables.NPM_TOKEN"],
    );
  });

  it("recognises in the stack what a resource generated, under any name and unmarked", async () => {
    const generator = {
      type: "random:index/randomPassword:RandomPassword",
      name: "password",
      properties: { length: 14, result: secret("generated-canary") },
    };
    const resource = service(
      { name: "MODE", value: "x=generated-canary" },
      { name: "B", value: "14" },
    );
    const violations = await analyzeStack([generator, resource], rule);
    assert.equal(violations.length, 1);
    assert.match(violations[0]!.message, /envs\[0\]\.value: MODE holds a secret that a resource/);
  });
});
