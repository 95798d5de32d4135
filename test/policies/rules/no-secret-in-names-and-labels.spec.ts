import assert from "node:assert/strict";
import { noSecretInNamesAndLabels as rule } from "../../../policies/rules/no-secret-in-names-and-labels";
import { Declared, analyzeProgram, configure, secret } from "../harness";

const VALUE = "canary-hunter2hunter";
const bucket = (name: string): Declared => ({
  type: "aws:s3/bucket:Bucket",
  name,
  properties: {},
});
const generator: Declared = {
  type: "random:index/randomPassword:RandomPassword",
  name: "password",
  properties: { length: 20, result: secret(VALUE) },
};

describe("no-secret-in-names-and-labels", () => {
  beforeEach(() => configure({}));

  it("finds an encrypted setting in a logical name, once, and does not print it", async () => {
    configure({ "example-project:key": VALUE }, "example-project:key");
    const violations = await analyzeProgram([bucket(`site-${VALUE}`)], rule);
    assert.equal(violations.length, 1);
    assert.match(violations[0]!.message, /'\*' at itself: an encrypted setting stands in/);
  });

  it("finds a generated value in a logical name and does not print it", async () => {
    const violations = await analyzeProgram([generator, bucket(`site-${VALUE}`)], rule);
    assert.equal(violations.length, 1);
    assert.match(violations[0]!.message, /'\*' at itself: a generated secret stands in/);
  });

  it("does not print such a name where another property of the resource is wrong", async () => {
    configure({ "example-project:key": VALUE }, "example-project:key");
    const named = { ...bucket(VALUE), properties: { tags: { [VALUE]: secret("x") } } };
    const violations = await analyzeProgram([named], rule);
    assert.equal(violations.length, 2);
    for (const { message } of violations) assert.doesNotMatch(message, /canary/);
  });

  it("does not take a short setting or a plain one in a name for a secret", async () => {
    configure(
      { "example-project:a": "site", "example-project:b": "frontend" },
      "example-project:a",
    );
    assert.deepEqual(await analyzeProgram([bucket("site"), bucket("frontend")], rule), []);
  });

  it("does not take the names of objects in an annotation for secrets, whatever the annotation is called", async () => {
    const annotations = { "secret.reloader.stakater.com/reload": "gateway-token,meili-api-key" };
    const workload: Declared = {
      type: "kubernetes:apps/v1:Deployment",
      name: "agents",
      properties: { metadata: { name: "agents", annotations } },
    };
    assert.deepEqual(await analyzeProgram([workload], rule), []);
  });
});
