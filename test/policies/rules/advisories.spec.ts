import assert from "node:assert/strict";
import { accountsInSecretPolicyAreKnown } from "../../../policies/rules/accounts-in-secret-policy-are-known";
import { noStrangerInSecretPolicy } from "../../../policies/rules/no-stranger-in-secret-policy";
import { textsAreSearchedWhole } from "../../../policies/rules/texts-are-searched-whole";
import { Declared, analyzeProgram, analyzeStack, configure, findings, unknown } from "../harness";

const statement = (account: string) =>
  JSON.stringify({
    Statement: {
      Effect: "Allow",
      Principal: { AWS: `arn:aws:iam::${account}:root` },
      Action: "secretsmanager:GetSecretValue",
      Resource: "*",
    },
  });
const arn = "arn:aws:secretsmanager:eu-west-1:000000000000:secret:app-a1B2c3";

function secretOf(account: string, made: boolean): Declared {
  const given = { name: "app", policy: statement(account) };
  return {
    type: "aws:secretsmanager/secret:Secret",
    properties: { ...given, arn: made ? arn : unknown },
    inputs: given,
  };
}

describe("the advisory rules", () => {
  beforeEach(() => configure({}));

  it("say which texts are too large to check", () => {
    const found = (content: string) =>
      findings(textsAreSearchedWhole, {
        type: "gcp:storage/bucketObject:BucketObject",
        properties: { content },
      });
    assert.deepEqual(
      found("a".repeat(2 ** 20 + 1)).map(({ path, detail }) => [path, detail]),
      [[["content"], "the text is too large to check"]],
    );
    assert.deepEqual(found("a".repeat(2 ** 20)), []);
  });

  it("say where an account cannot be compared with the secret's own", async () => {
    const rules = [accountsInSecretPolicyAreKnown, noStrangerInSecretPolicy];
    const told = async (declared: Declared) =>
      (await analyzeProgram([declared], ...rules)).map(({ policy }) => policy);
    const advisory = "accounts-in-secret-policy-are-known";
    assert.deepEqual(await told(secretOf("111111111111", false)), [advisory]);
    assert.deepEqual(await told(secretOf("111111111111", true)), ["no-stranger-in-secret-policy"]);
    assert.deepEqual(await told(secretOf("000000000000", true)), []);
  });

  it("find the secret's own account by the secret that a policy is for", async () => {
    const policy: Declared = {
      type: "aws:secretsmanager/secretPolicy:SecretPolicy",
      name: "policy",
      properties: { secretArn: unknown, policy: statement("111111111111") },
      dependsOn: { secretArn: ["secret"] },
    };
    const secret = {
      type: "aws:secretsmanager/secret:Secret",
      name: "secret",
      properties: { name: "app", arn },
    };
    const violations = await analyzeStack([secret, policy], noStrangerInSecretPolicy);
    assert.equal(violations.length, 1);
  });
});
