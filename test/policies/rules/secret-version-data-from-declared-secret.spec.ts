import assert from "node:assert/strict";
import { secretVersionDataFromDeclaredSecret as rule } from "../../../policies/rules/secret-version-data-from-declared-secret";
import { Declared, analyze, analyzeStack, configure, secret, unknown } from "../harness";

const VALUE = "canary-of-the-store";
const STORES = [
  ["gcp:secretmanager/secretVersion:SecretVersion", "secretData"],
  ["gcp:secretmanager/secretVersion:SecretVersion", "secretDataWo"],
  ["gcp:secretmanager/regionalSecretVersion:RegionalSecretVersion", "secretData"],
  ["aws:secretsmanager/secretVersion:SecretVersion", "secretString"],
  ["aws:secretsmanager/secretVersion:SecretVersion", "secretBinary"],
  ["vault:kv/secretV2:SecretV2", "dataJson"],
] as const;

const password: Declared = {
  type: "random:index/randomPassword:RandomPassword",
  name: "password",
  properties: { result: secret(VALUE) },
};

function version(secretData: unknown, ...on: string[]): Declared {
  return {
    type: "gcp:secretmanager/secretVersion:SecretVersion",
    name: "version",
    properties: { secretData },
    dependsOn: { secretData: on },
  };
}

describe("secret-version-data-from-declared-secret", () => {
  beforeEach(() => configure({}));

  for (const [type, property] of STORES) {
    it(`blocks a plain text in ${property} of ${type} before anything is created`, async () => {
      const violations = await analyze({ type, properties: { [property]: VALUE } }, rule);
      assert.equal(violations.length, 1);
      assert.match(violations[0]!.message, new RegExp(`at ${property}: .* not marked secret`));
    });
    it(`finds a literal that is only marked secret in ${property} of ${type}`, async () => {
      const declared = { type, properties: { [property]: secret(VALUE) } };
      assert.deepEqual(await analyze(declared, rule), []);
      const violations = await analyzeStack([declared], rule);
      assert.equal(violations.length, 1);
      assert.match(violations[0]!.message, /is a literal of the program, only marked secret/);
    });
  }

  it("lets a generated value pass, known or not, also inside a longer text", async () => {
    const uses = [
      version(secret(VALUE), "password"),
      version(secret(unknown), "password"),
      version(secret(`postgres://capanel_a:${VALUE}@db.example.com/capanel`), "password"),
      version(secret(VALUE)),
    ];
    for (const use of uses) {
      assert.deepEqual(await analyze(use, rule), []);
      assert.deepEqual(await analyzeStack([password, use], rule), []);
    }
  });

  it("lets a key pass that the cloud issued", async () => {
    const type = "gcp:serviceaccount/key:Key";
    const key = { type, name: "key", properties: { privateKey: secret(unknown) } };
    assert.deepEqual(await analyzeStack([key, version(secret(unknown), "key")], rule), []);
  });

  it("lets an encrypted setting pass, also inside a structured one", async () => {
    const external = JSON.stringify({ a: { generation: 1, value: VALUE } });
    for (const setting of [VALUE, external]) {
      configure({ "rekey:external": setting }, "rekey:external");
      assert.deepEqual(await analyze(version(secret(VALUE)), rule), []);
      assert.deepEqual(await analyzeStack([version(secret(VALUE))], rule), []);
    }
  });

  it("blocks a value that stands in the configuration in plain text, marked or not", async () => {
    configure({ "example-project:key": VALUE });
    for (const data of [VALUE, secret(VALUE)]) {
      const violations = await analyze(version(data), rule);
      assert.equal(violations.length, 1);
      assert.match(violations[0]!.message, /configuration in plain text/);
    }
  });

  it("does not take a plain setting inside a generated text for its origin", async () => {
    configure({ "gcp:project": "example-project" });
    const data = secret(`{"project":"example-project","password":"${VALUE}"}`);
    assert.deepEqual(await analyze(version(data), rule), []);
    assert.deepEqual(await analyzeStack([password, version(data, "password")], rule), []);
  });

  it("does not accept any dependency or any unknown: the source must generate", async () => {
    const network = { type: "gcp:compute/network:Network", name: "network", properties: {} };
    for (const data of [secret(unknown), secret(VALUE)]) {
      const violations = await analyzeStack([network, version(data, "network")], rule);
      assert.equal(violations.length, 1);
      assert.match(
        violations[0]!.message,
        /depends on gcp:compute\/network:Network, none of which/,
      );
    }
  });

  it("does not take an input of a generator, such as a keeper, for a generated value", async () => {
    const keeper = { ...password, properties: { keepers: { x: VALUE }, result: secret("other") } };
    assert.equal((await analyzeStack([keeper, version(secret(VALUE))], rule)).length, 1);
  });

  it("finds numbers, alone and under the name of a credential, but not a port", async () => {
    const found = async (type: string, properties: Record<string, unknown>) =>
      (await analyze({ type, properties }, rule)).length;
    assert.equal(
      await found("gcp:secretmanager/secretVersion:SecretVersion", { secretData: 7 }),
      1,
    );
    const kubernetes = "kubernetes:core/v1:Secret";
    assert.equal(await found(kubernetes, { stringData: { password: 12345678 } }), 1);
    assert.equal(await found(kubernetes, { stringData: { port: 5432 } }), 0);
    const aws = "aws:secretsmanager/secretVersion:SecretVersion";
    assert.equal(await found(aws, { secretString: '{"username":"app","password":12345678}' }), 1);
    assert.equal(await found(aws, { secretString: '{"username":"app","port":5432}' }), 0);
  });

  it("finds a literal although its changes are ignored: a new version is created with it", async () => {
    const ignoreChanges = ["secretData"];
    assert.equal((await analyze({ ...version(VALUE), ignoreChanges }, rule)).length, 1);
    const marked = { ...version(secret(VALUE)), ignoreChanges };
    assert.equal((await analyzeStack([marked], rule)).length, 1);
    const taken = { ...version(secret("q7Zt1Lw0Xc9Vb2Nm8Kd4")), ignoreChanges };
    assert.deepEqual(await analyzeStack([taken], rule), []);
  });

  it("lets what a store held when it was taken over go to other stores, but no literal that looks like a word", async () => {
    const intake = (value: string): Declared => ({
      type: "aws:secretsmanager/secretVersion:SecretVersion",
      name: "intake",
      properties: { secretString: secret(value) },
      ignoreChanges: ["secretString"],
    });
    const use = (value: string) =>
      analyzeStack([intake(value), version(secret(value), "intake")], rule);
    assert.deepEqual(await use("q7Zt1Lw0Xc9Vb2Nm8Kd4"), []);
    assert.equal((await use(VALUE)).length, 2);
    const literal = version(secret("q7Zt1Lw0Xc9Vb2Nm8Kd4"));
    const found = await analyzeStack([intake("q7Zt1Lw0Xc9Vb2Nm8Kd4"), literal], rule);
    assert.equal(found.length, 1, "it vouches for nothing that does not depend on it");
    const pair = '{"clientId":"app","secret":"q7Zt1Lw0Xc9Vb2Nm8Kd4"}';
    const part = version(secret("q7Zt1Lw0Xc9Vb2Nm8Kd4"), "intake");
    assert.deepEqual(await analyzeStack([intake(pair), part], rule), []);
  });

  it("does not take a random name or id for a declared secret", async () => {
    for (const type of ["random:index/randomPet:RandomPet", "random:index/randomId:RandomId"]) {
      const name = { type, name: "name", properties: { id: "wise-cat" } };
      for (const data of [secret("wise-cat"), secret(unknown)])
        assert.equal((await analyzeStack([name, version(data, "name")], rule)).length, 1);
    }
  });

  it("does not let words pass because they depend on a generator, only what is made of it", async () => {
    const generator = { ...password, properties: { result: secret("q7Zt1Lw0Xc9Vb2Nm8Kd4") } };
    const use = (text: string) =>
      analyzeStack([generator, version(secret(text), "password")], rule);
    const violations = await use(VALUE);
    assert.equal(violations.length, 1);
    assert.match(violations[0]!.message, /holds nothing that it generated/);
    assert.deepEqual(await use("9f86d081884c7d659a2feaa0c55ad015"), []);
  });

  it("lets the secret output of another stack pass", async () => {
    const reference = {
      type: "pulumi:pulumi:StackReference",
      name: "shared",
      read: true,
      properties: { name: "org/shared/prod" },
    };
    assert.deepEqual(await analyzeStack([reference, version(secret(VALUE), "shared")], rule), []);
  });
});
