import assert from "node:assert/strict";
import { printable } from "../../../policies/message";
import { noLiteralCredential as rule } from "../../../policies/rules/no-literal-credential";
import {
  Declared,
  analyze,
  analyzeProgram,
  analyzeStack,
  configure,
  findings,
  secret,
  unknown,
} from "../harness";

const VALUE = "canary-hunter2hunter";

function user(password: unknown, ...on: string[]): Declared {
  return {
    type: "gcp:sql/user:User",
    name: "user",
    properties: { name: "app", password },
    dependsOn: { password: on },
  };
}

const pet: Declared = {
  type: "random:index/randomPet:RandomPet",
  name: "pet",
  properties: { id: "wise-cat" },
};
const generated: Declared = {
  type: "random:index/randomPassword:RandomPassword",
  name: "generated",
  properties: { length: 24, result: secret("q7Zt1Lw0Xc9Vb2Nm8Kd4Rf6T") },
};

function paths(type: string, properties: Record<string, unknown>): string[] {
  return findings(rule, { type, properties }).map(({ path }) => printable(path));
}

describe("no-literal-credential", () => {
  beforeEach(() => configure({}));

  for (const value of [
    `$${VALUE}`,
    `${VALUE}\${`,
    `$(${VALUE}`,
    `{{${VALUE}`,
    "123456",
    "/hunter2/hunter2",
    "changeme",
    12345678,
  ])
    it(`finds ${String(value).replace(VALUE, "a password")} at a database user`, async () => {
      assert.equal(findings(rule, user(value)).length, 1);
      assert.equal((await analyzeStack([user(secret(value))], rule)).length, 1);
    });

  for (const value of ["${DB_PASSWORD}", "$DB_PASSWORD", "{{ .password }}", "/run/secrets/db"])
    it(`lets ${value} pass at a database user`, () =>
      assert.deepEqual(findings(rule, user(value)), []));

  it("finds a literal although its changes are ignored: a new user is created with it", async () => {
    const kept = (password: unknown) => ({ ...user(password), ignoreChanges: ["password"] });
    assert.equal(findings(rule, kept(VALUE)).length, 1);
    assert.equal((await analyzeStack([kept(secret(VALUE))], rule)).length, 1);
  });

  it("lets pass what a target had when it was taken over", async () => {
    const kept = { ...user(secret("q7Zt1Lw0Xc9Vb2Nm8Kd4")), ignoreChanges: ["password"] };
    assert.deepEqual(await analyzeProgram([kept], rule), []);
  });

  it("does not take a random name for a secret, known or not", async () => {
    for (const password of [secret(`${VALUE}-wise-cat`), secret("wise-cat"), secret(unknown)]) {
      const violations = await analyzeStack([pet, user(password, "pet")], rule);
      assert.equal(violations.length, 1);
      assert.match(violations[0]!.message, /depends on random:index\/randomPet:RandomPet/);
    }
  });

  it("does not let words pass because they depend on a generator", async () => {
    const violations = await analyzeStack([generated, user(secret(VALUE), "generated")], rule);
    assert.equal(violations.length, 1);
  });

  it("lets a generated value and what is made of one pass", async () => {
    for (const password of [
      secret("q7Zt1Lw0Xc9Vb2Nm8Kd4Rf6T"),
      secret("SCRAM-SHA-256$4096:c2FsdHNhbHQx$Y2xpZW50a2V5MTIzNDU2:c2VydmVya2V5MTIz"),
      secret(unknown),
    ])
      assert.deepEqual(await analyzeStack([generated, user(password, "generated")], rule), []);
  });

  it("finds the token in a kubeconfig, and lets one without pass", () => {
    const provider = "pulumi:providers:kubernetes";
    const users = (part: string) => `apiVersion: v1\nusers:\n- name: app\n  user:\n    ${part}\n`;
    assert.deepEqual(paths(provider, { kubeconfig: users(`token: ${VALUE}`) }), ["kubeconfig"]);
    assert.deepEqual(paths(provider, { kubeconfig: JSON.stringify({ user: { token: VALUE } }) }), [
      "kubeconfig",
    ]);
    assert.deepEqual(paths(provider, { kubeconfig: users("exec: {command: gke-auth}") }), []);
    assert.deepEqual(paths(provider, { kubeconfig: "/home/app/.kube/config" }), []);
  });

  it("finds passwords in a provider's settings that the SDK sends as JSON", () => {
    const login = JSON.stringify({ username: "app", password: VALUE });
    assert.deepEqual(paths("pulumi:providers:vault", { authLoginUserpass: login }), [
      "authLoginUserpass.password",
    ]);
    const registryAuth = JSON.stringify([{ address: "images.example.com", password: VALUE }]);
    assert.deepEqual(paths("pulumi:providers:docker", { registryAuth }), [
      "registryAuth[0].password",
    ]);
  });

  it("judges a provider's setting that is marked as a whole by its parts", async () => {
    const provider = (password: string): Declared => ({
      type: "pulumi:providers:vault",
      properties: {
        authLoginUserpass: secret(JSON.stringify({ username: "app", password })),
      },
    });
    assert.equal((await analyzeProgram([provider(VALUE)], rule)).length, 1);
    configure({ "example-project:vault": VALUE }, "example-project:vault");
    assert.deepEqual(await analyzeProgram([provider(VALUE)], rule), []);
  });

  it("lets the secret outputs of another stack pass, where they come in and where they go", async () => {
    const reference: Declared = {
      type: "pulumi:pulumi:StackReference",
      name: "shared",
      properties: {
        name: "org/shared/prod",
        outputs: { dbPassword: secret(VALUE), url: "https://example.com" },
        secretOutputNames: ["dbPassword"],
      },
      inputs: { name: "org/shared/prod" },
    };
    // Without its inputs, as where it was read before the pack looked.
    assert.deepEqual(await analyzeStack([reference]), []);
    assert.deepEqual(await analyze(reference), []);
    const use = user(secret(VALUE), "shared");
    assert.deepEqual(await analyzeProgram([{ ...reference, read: true }, use]), []);
  });

  it("does not take the name of a Secret's entry for a credential", async () => {
    const type = "kubernetes:external-secrets.io/v1:ExternalSecret";
    const data = [{ secretKey: "password", remoteRef: { key: "app/db", property: "password" } }];
    assert.deepEqual(await analyzeProgram([{ type, properties: { spec: { data } } }]), []);
  });
});
