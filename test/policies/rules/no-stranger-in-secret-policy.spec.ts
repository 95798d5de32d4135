import assert from "node:assert/strict";
import { noStrangerInSecretPolicy } from "../../../policies/rules/no-stranger-in-secret-policy";
import { findings } from "../harness";

const SECRET = "arn:aws:secretsmanager:eu-west-1:000000000000:secret:app/db-??????";
const document = (statement: object) =>
  JSON.stringify({ Statement: { Effect: "Allow", ...statement } });

describe("no-stranger-in-secret-policy", () => {
  const stranger = (statement: object, settings?: Record<string, unknown>) =>
    findings(
      noStrangerInSecretPolicy,
      {
        type: "aws:secretsmanager/secretPolicy:SecretPolicy",
        properties: { policy: document(statement) },
      },
      settings,
    ).length;

  it("finds strangers in the policy of a secret", () => {
    const Action = "secretsmanager:GetSecretValue";
    assert.equal(stranger({ Principal: "*", Action }), 1);
    assert.equal(stranger({ Principal: { AWS: ["*"] }, Action }), 1);
    assert.equal(stranger({ NotPrincipal: { AWS: "arn:aws:iam::000000000000:root" }, Action }), 1);
    const Condition = { StringEquals: { "aws:PrincipalOrgID": "o-example" } };
    assert.equal(stranger({ Principal: "*", Action, Condition }), 0);
    const other = { Principal: { AWS: "arn:aws:iam::111111111111:root" }, Action };
    assert.equal(stranger(other), 0, "the secret's own account is not known");
    assert.equal(stranger(other, { trustedAccounts: ["000000000000"] }), 1);
    assert.equal(stranger(other, { trustedAccounts: ["111111111111"] }), 0);
  });

  it("finds accounts that are not the secret's own", () => {
    const own = (statement: object, settings?: Record<string, unknown>) =>
      findings(
        noStrangerInSecretPolicy,
        {
          type: "aws:secretsmanager/secretPolicy:SecretPolicy",
          properties: { secretArn: SECRET, policy: document(statement) },
        },
        settings,
      ).length;
    const Action = "secretsmanager:GetSecretValue";
    const AWS = (account: string) => ({ Principal: { AWS: account }, Action });
    assert.equal(own(AWS("arn:aws:iam::111111111111:root")), 1);
    assert.equal(own(AWS("111111111111")), 1);
    assert.equal(own(AWS("111111111111"), { trustedAccounts: ["111111111111"] }), 0);
    assert.equal(own(AWS("arn:aws:iam::000000000000:role/app")), 0);
    const Condition = { StringEquals: { "aws:PrincipalAccount": "111111111111" } };
    assert.equal(own({ ...AWS("*"), Condition }), 1);
  });

  it("does not take a condition on everyone for a fence that lets everyone in", () => {
    const statement = { Principal: "*", Action: "secretsmanager:GetSecretValue" };
    for (const Condition of [
      { StringNotEquals: { "aws:PrincipalOrgID": "o-example" } },
      { ArnLike: { "aws:PrincipalArn": "*" } },
      { ArnLike: { "aws:PrincipalArn": "arn:aws:iam::*:role/app" } },
      { StringEqualsIfExists: { "aws:PrincipalOrgID": "o-example" } },
      { Null: { "aws:PrincipalOrgID": "false" } },
    ])
      assert.equal(stranger({ ...statement, Condition }), 1, JSON.stringify(Condition));
    const Condition = { ArnLike: { "aws:PrincipalArn": "arn:aws:iam::000000000000:role/app*" } };
    assert.equal(stranger({ ...statement, Condition }), 0);
  });

  it("does not take a service that may do nearly everything for everyone", () => {
    const Principal = { Service: "example.amazonaws.com" };
    assert.equal(stranger({ Principal, NotAction: "secretsmanager:DeleteSecret" }), 0);
  });
});
