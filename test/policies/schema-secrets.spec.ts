import assert from "node:assert/strict";
import schema from "../../policies/schema-secrets.json";
import { derive, secretsIn } from "../../policies/schema-secrets-derive";
import { NOT_CREDENTIALS, REVIEWED } from "../../policies/sensitive-reviewed";
import { isSchemaKnown, sensitiveProperties } from "../../policies/sensitive";

describe("sensitive properties", () => {
  it("are what the installed SDKs mark", function () {
    this.timeout(60_000);
    assert.deepEqual(
      schema,
      derive(),
      "run policies/schema-secrets-derive.ts and review the difference",
    );
  });

  it("are read from a generated class: what it wraps, and which outputs it names", () => {
    const source = `
      resourceInputs["password"] = args?.password ? pulumi.secret(args.password) : undefined;
      resourceInputs["name"] = args?.name;
      const secretOpts = { additionalSecretOutputs: ["password", "token", "effectiveLabels"] };
      A.__pulumiType = 'a:b/c:C';`;
    assert.deepEqual(secretsIn(source), {
      type: "a:b/c:C",
      secrets: { inputs: ["password"], outputs: ["token"] },
    });
    assert.equal(secretsIn("A.__pulumiType = 'a:b/c:C';"), undefined);
    assert.equal(secretsIn(source.replace("a:b/c:C", "a"))?.type, "pulumi:providers:a");
  });

  it("leave out what a review found to be none", () => {
    assert.deepEqual(sensitiveProperties("aws:acm/certificate:Certificate"), [
      "privateKey",
      "privateKeyWo",
    ]);
    assert.deepEqual(sensitiveProperties("gcp:storage/bucketObject:BucketObject"), []);
  });

  it("have a review that is about something: each exception is marked by a schema", () => {
    const types = schema.types as Record<string, { inputs?: string[]; outputs?: string[] }>;
    const marked = Object.entries(types).flatMap(([type, { inputs = [], outputs = [] }]) =>
      [...inputs, ...outputs].flatMap((name) => [name, `${type}#${name}`]),
    );
    const idle = [...NOT_CREDENTIALS].filter((name) => !marked.includes(name));
    assert.deepEqual(idle, []);
    for (const [type, properties] of Object.entries(REVIEWED))
      assert.ok(properties.length > 0, type);
  });

  it("are known of a type whose package's schema was read, providers included", () => {
    for (const type of ["gcp:sql/user:User", "pulumi:providers:aws"])
      assert.equal(isSchemaKnown(type), true);
    for (const type of ["example:index:Agent", "pulumi:providers:github", "pulumi:pulumi:Stack"])
      assert.equal(isSchemaKnown(type), false);
  });
});
