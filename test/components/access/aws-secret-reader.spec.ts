import assert from "node:assert/strict";
import { AwsSecretReader, type AwsSecretReaderArgs, ConfigurationError } from "../../../components";
import { secretArn } from "../../support/mock-answers";
import { named, run } from "../../support/mocks";

const [jwt, password] = [secretArn("project/prod/JWT_SECRET"), secretArn("project/prod/PASSWORD")];
const kmsKeyArn = "arn:aws:kms:us-east-1:000000000000:key/example";

function reader(rest: Partial<AwsSecretReaderArgs> = {}) {
  const args = { role: "api", policyName: "api-reads", secrets: { password, jwt }, ...rest };
  return run(() => new AwsSecretReader("api", args));
}

async function statements(rest: Partial<AwsSecretReaderArgs> = {}): Promise<unknown> {
  const { inputs } = named((await reader(rest)).resources, "api-policy");
  return (JSON.parse(String(inputs["policy"])) as { Statement: unknown }).Statement;
}

const read = {
  Sid: "ReadItsSecrets",
  Effect: "Allow",
  Action: ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"],
  Resource: [jwt, password],
};

describe("components/access/aws-secret-reader", () => {
  it("allows to read and to describe exactly the secrets that are named, in an order of its own", async () => {
    assert.deepStrictEqual(await statements(), [read]);
    assert.deepStrictEqual(await statements({ secrets: { jwt, password } }), [read]);
  });

  it("allows the use of their key through Secrets Manager of that region only", async () => {
    assert.deepStrictEqual(await statements({ kmsKeyArn, region: "us-east-1" }), [
      read,
      {
        Sid: "DecryptThroughSecretsManager",
        Effect: "Allow",
        Action: "kms:Decrypt",
        Resource: kmsKeyArn,
        Condition: { StringEquals: { "kms:ViaService": "secretsmanager.us-east-1.amazonaws.com" } },
      },
    ]);
  });

  it("attaches the policy to the role and to nothing else", async () => {
    const { resources } = await reader();
    assert.deepStrictEqual(named(resources, "api-attachment").inputs, {
      role: "api",
      policyArn: "arn:aws:iam::000000000000:policy/api-reads",
    });
  });

  for (const [what, rest] of [
    ["no secret at all", { secrets: {} }],
    ["a wildcard", { secrets: { all: secretArn("project/prod/*") } }],
    ["a key without its region", { kmsKeyArn }],
  ] as const)
    it(`refuses ${what}`, async () => {
      await assert.rejects(reader(rest), ConfigurationError);
    });
});
