import assert from "node:assert/strict";
import { noKubernetesWideSecretAccess } from "../../../policies/rules/no-kubernetes-wide-secret-access";
import { noProjectWideSecretAccess } from "../../../policies/rules/no-project-wide-secret-access";
import { noPublicSecretAccess } from "../../../policies/rules/no-public-secret-access";
import { noStrangerInSecretPolicy } from "../../../policies/rules/no-stranger-in-secret-policy";
import { noWildcardSecretAccess } from "../../../policies/rules/no-wildcard-secret-access";
import { findings, unknown } from "../harness";

const READER = "roles/secretmanager.secretAccessor";
const ACCOUNT = "serviceAccount:app@example-project.iam.gserviceaccount.com";
const SECRET = "arn:aws:secretsmanager:eu-west-1:000000000000:secret:app/db-??????";
const document = (statement: object) =>
  JSON.stringify({ Statement: { Effect: "Allow", ...statement } });

describe("rules on access to secrets", () => {
  const google = (kind: string, properties: Record<string, unknown>) =>
    findings(noProjectWideSecretAccess, { type: `gcp:${kind}`, properties }).length;

  it("find a reader of a whole project, folder or organization, as member, binding or policy", () => {
    assert.equal(google("projects/iAMMember:IAMMember", { role: READER, member: ACCOUNT }), 1);
    assert.equal(google("folder/iAMBinding:IAMBinding", { role: READER, members: [ACCOUNT] }), 1);
    const policyData = JSON.stringify({ bindings: [{ role: READER, members: [ACCOUNT] }] });
    assert.equal(google("organizations/iAMPolicy:IAMPolicy", { policyData }), 1);
    assert.equal(google("projects/iAMMember:IAMMember", { role: READER, member: unknown }), 1);
  });

  it("let other roles and conditions on the secret's name pass", () => {
    const expression = 'resource.name.startsWith("projects/1/secrets/app")';
    assert.equal(
      google("projects/iAMMember:IAMMember", { role: "roles/run.invoker", member: ACCOUNT }),
      0,
    );
    assert.equal(
      google("projects/iAMMember:IAMMember", {
        role: READER,
        member: ACCOUNT,
        condition: { expression },
      }),
      0,
    );
  });

  const open = (kind: string, properties: Record<string, unknown>) =>
    findings(noPublicSecretAccess, { type: `gcp:${kind}`, properties }).length;

  it("find everyone on a secret, but not on another resource of a project", () => {
    for (const member of ["allUsers", "allAuthenticatedUsers"]) {
      assert.equal(
        open("secretmanager/secretIamMember:SecretIamMember", { role: READER, member }),
        1,
      );
      assert.equal(open("projects/iAMMember:IAMMember", { role: READER, member }), 1);
      assert.equal(open("projects/iAMMember:IAMMember", { role: "roles/run.invoker", member }), 0);
    }
    assert.equal(
      open("secretmanager/secretIamMember:SecretIamMember", { role: READER, member: ACCOUNT }),
      0,
    );
  });

  const wildcard = (statement: object) =>
    findings(noWildcardSecretAccess, {
      type: "aws:iam/policy:Policy",
      properties: { policy: document(statement) },
    }).length;

  it("find statements on every secret of an account", () => {
    for (const Action of [
      "*",
      "secretsmanager:*",
      "secretsmanager:Get*",
      ["s3:GetObject", "SecretsManager:GetSecretValue"],
    ])
      for (const Resource of ["*", "arn:aws:secretsmanager:*:*:secret:*", [SECRET, "*"]])
        assert.equal(wildcard({ Action, Resource }), 1, JSON.stringify({ Action, Resource }));
    assert.equal(wildcard({ NotAction: "iam:*", Resource: "*" }), 1);
  });

  it("let statements on named secrets, other services, conditions and refusals pass", () => {
    const Action = "secretsmanager:GetSecretValue";
    assert.equal(wildcard({ Action, Resource: SECRET }), 0);
    assert.equal(wildcard({ Action: "s3:*", Resource: "*" }), 0);
    assert.equal(wildcard({ Action: "secretsmanager:ListSecrets", Resource: "*" }), 0);
    assert.equal(wildcard({ Effect: "Deny", Action, Resource: "*" }), 0);
    const Condition = { StringEquals: { "secretsmanager:ResourceTag/system": "app" } };
    assert.equal(wildcard({ Action, Resource: "*", Condition }), 0);
  });

  const vault = (policy: string) =>
    findings(noWildcardSecretAccess, { type: "vault:index/policy:Policy", properties: { policy } })
      .length;

  it("find wildcards of Vault before the name of a system, and no others", () => {
    const reading = (path: string, what = "read") =>
      `path "${path}" { capabilities = ["${what}"] }`;
    for (const path of ["*", "secret/*", "secret/data/*", "+/data/app"])
      assert.equal(vault(reading(path)), 1, path);
    for (const path of [
      "secret/data/app/*",
      "secret/data/app",
      "secret/data/app-*",
      "auth/token/*",
    ])
      assert.equal(vault(reading(path)), 0, path);
    assert.equal(vault(reading("secret/*", "deny")), 0);
    assert.equal(vault(`# ${reading("secret/*")}`), 0);
  });

  const role = (rule: object, name = "reader") =>
    findings(noKubernetesWideSecretAccess, {
      type: "kubernetes:rbac.authorization.k8s.io/v1:Role",
      properties: {
        metadata: { name },
        rules: [{ apiGroups: [""], resources: ["secrets"], verbs: ["get"], ...rule }],
      },
    }).length;

  it("find roles on every Secret, and lists of named ones", () => {
    assert.equal(role({}), 1);
    assert.equal(role({ verbs: ["watch"], resourceNames: ["app"] }), 1);
    assert.equal(role({ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }), 1);
    assert.equal(role({ resourceNames: ["app"] }), 0);
    assert.equal(role({ resources: ["configmaps"] }), 0);
    assert.equal(role({ verbs: ["delete"] }), 0);
  });

  const stranger = (statement: object, settings?: Record<string, unknown>) =>
    findings(
      noStrangerInSecretPolicy,
      {
        type: "aws:secretsmanager/secretPolicy:SecretPolicy",
        properties: { policy: document(statement) },
      },
      settings,
    ).length;

  it("find strangers in the policy of a secret", () => {
    const Action = "secretsmanager:GetSecretValue";
    assert.equal(stranger({ Principal: "*", Action }), 1);
    assert.equal(stranger({ Principal: { AWS: ["*"] }, Action }), 1);
    assert.equal(stranger({ NotPrincipal: { AWS: "arn:aws:iam::000000000000:root" }, Action }), 1);
    const Condition = { StringEquals: { "aws:PrincipalOrgID": "o-example" } };
    assert.equal(stranger({ Principal: "*", Action, Condition }), 0);
    const other = { Principal: { AWS: "arn:aws:iam::111111111111:root" }, Action };
    assert.equal(stranger(other), 0);
    assert.equal(stranger(other, { trustedAccounts: ["000000000000"] }), 1);
    assert.equal(stranger(other, { trustedAccounts: ["111111111111"] }), 0);
  });
});
