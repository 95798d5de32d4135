import assert from "node:assert/strict";
import { awsProvider } from "../../../../rehearsal/providers/aws";
import { AwsCallError, canonicalPolicy } from "../../../../rehearsal/providers/aws/shared";
import { check } from "../../../../rehearsal/providers/protocol/lifecycle";
import { diff } from "../../../../rehearsal/providers/protocol/diff";
import { validate } from "../../../../rehearsal/providers/protocol/check";
import type { Properties } from "../../../../rehearsal/providers/protocol/values";

const settings = (more: Properties = {}) => ({
  region: "us-east-1",
  accessKey: "example",
  secretKey: "example",
  endpoints: '[{"secretsmanager": "http://127.0.0.1:4566"}]',
  ...more,
});

const resource = (token: string) => {
  const found = awsProvider.resources.find((one) => one.token === token);
  assert.ok(found, token);
  return found;
};
const VERSION = "aws:secretsmanager/secretVersion:SecretVersion";
const SECRET = "aws:secretsmanager/secret:Secret";
const ROLE = "aws:iam/role:Role";

function problems(token: string, inputs: Properties): string[] {
  const news = { values: inputs, secrets: [] };
  const olds = { values: {}, secrets: [] };
  const seed = new Uint8Array();
  return check(resource(token), { olds, news, name: "example", seed }).problems;
}

describe("rehearsal/providers aws: what it takes and what it refuses", () => {
  it("takes end points as the engine hands them over, and none that is not on this machine", () => {
    assert.deepEqual(validate(awsProvider.config, settings(), "aws"), []);
    for (const address of ["https://secretsmanager.us-east-1.amazonaws.com", "http://192.0.2.1"]) {
      const endpoints = JSON.stringify([{ secretsmanager: address }]);
      const found = validate(awsProvider.config, settings({ endpoints }), "aws");
      assert.match(found.join(), /must be an address on this machine/);
    }
    for (const endpoints of ["[]", "not JSON", undefined])
      assert.notDeepEqual(validate(awsProvider.config, settings({ endpoints }), "aws"), []);
  });

  it("uses no service that has no end point", () => {
    const client = awsProvider.configure(settings());
    assert.throws(() => client.iam, /no end point for iam; add one on this machine/);
    assert.ok(client.secretsManager);
  });

  it("refuses what the official provider would ignore or would not know", () => {
    assert.match(problems(VERSION, { secretId: "x", stages: [] }).join(), /unknown input "stages"/);
    const both = { secretId: "x", secretString: "one", secretStringWo: "two" };
    assert.match(problems(VERSION, both).join(), /exclude each other/);
    assert.match(problems(SECRET, { recoveryWindowInDays: 3 }).join(), /7 to 30 days, or 0/);
    assert.match(problems(ROLE, { assumeRolePolicy: "text" }).join(), /must be a JSON object/);
  });

  it("replaces a version for another value, never for labels in another order", () => {
    const old = { secretId: "x", secretString: "one", versionStages: ["AWSCURRENT", "rekey-g1"] };
    const reordered = { ...old, versionStages: ["rekey-g1", "AWSCURRENT"] };
    assert.deepEqual(diff(resource(VERSION), old, reordered).changes, []);
    const labelled = { ...old, versionStages: ["AWSCURRENT"] };
    const { changed, replaces } = diff(resource(VERSION), old, labelled);
    assert.deepEqual([changed, replaces], [["versionStages"], []]);
    const replaced = diff(resource(VERSION), old, { ...old, secretString: "two" });
    assert.deepEqual(replaced.replaces, ["secretString"]);
  });

  it("sees no change in a policy that is only written otherwise", () => {
    const policy = '{"Version": "2012-10-17", "Statement": []}';
    assert.equal(
      canonicalPolicy(policy),
      canonicalPolicy('{"Statement":[],"Version":"2012-10-17"}'),
    );
  });

  it("names service, call and target in a failure, and nothing that was sent", () => {
    const sdk = Object.assign(new Error("Rate exceeded"), {
      name: "ThrottlingException",
      $metadata: { httpStatusCode: 400 },
      request: { body: "the value" },
    });
    const site = { service: "Secrets Manager", action: "PutSecretValue", target: "a" } as const;
    const error = new AwsCallError(site, sdk);
    assert.equal(
      error.message,
      "Secrets Manager PutSecretValue on a: ThrottlingException 400: Rate exceeded",
    );
    assert.ok(!JSON.stringify({ ...error, message: error.message }).includes("the value"));
    assert.equal(error.cause, undefined);
  });
});
