import assert from "node:assert/strict";
import { noKubernetesWideSecretAccess } from "../../../policies/rules/no-kubernetes-wide-secret-access";
import { noProjectWideSecretAccess } from "../../../policies/rules/no-project-wide-secret-access";
import { noPublicSecretAccess } from "../../../policies/rules/no-public-secret-access";
import { noWildcardSecretAccess } from "../../../policies/rules/no-wildcard-secret-access";
import { analyzeStack, findings, unknown } from "../harness";

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

  it("do not take a condition for a fence that keeps nothing out", () => {
    for (const expression of [
      'resource.name != ""',
      'resource.name.startsWith("projects/")',
      '!resource.name.startsWith("projects/1/secrets/app")',
      'resource.name.startsWith("projects/1/secrets/app") || true',
    ])
      assert.equal(
        google("projects/iAMMember:IAMMember", {
          role: READER,
          member: ACCOUNT,
          condition: { expression },
        }),
        1,
        expression,
      );
    for (const expression of [
      'resource.type == "x" && resource.name == "projects/1/secrets/app/versions/1"',
      'resource.name.extract("secrets/{name}/") == "app"',
    ])
      assert.equal(
        google("projects/iAMMember:IAMMember", {
          role: READER,
          member: ACCOUNT,
          condition: { expression },
        }),
        0,
        expression,
      );
  });

  it("find a project's own role that reads secrets, by its name or as the output it is", async () => {
    const custom = (permission: string) => ({
      type: "gcp:projects/iAMCustomRole:IAMCustomRole",
      name: "custom",
      properties: { roleId: "reader", permissions: ["run.services.get", permission] },
    });
    const member = (role: unknown) => ({
      type: "gcp:projects/iAMMember:IAMMember",
      name: "member",
      properties: { role, member: ACCOUNT },
      dependsOn: { role: ["custom"] },
    });
    const access = "secretmanager.versions.access";
    for (const role of ["projects/example-project/roles/reader", unknown]) {
      const told = await analyzeStack([custom(access), member(role)], noProjectWideSecretAccess);
      assert.equal(told.length, 1);
    }
    for (const program of [
      [custom("secretmanager.versions.list"), member(unknown)],
      [custom(access), member("projects/example-project/roles/other")],
    ])
      assert.deepEqual(await analyzeStack(program, noProjectWideSecretAccess), []);
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

  it("find statements on every parameter, and patterns that leave nothing out", () => {
    const Action = "secretsmanager:GetSecretValue";
    for (const Resource of [
      "arn:aws:secretsmanager:*",
      "arn:aws:secretsmanager:eu-west-1:000000000000:secret:*",
      "arn:aws:secretsmanager:*:*:secret:?*",
      "arn:aws:secretsmanager:*:*:secret:*-*",
      "arn:aws:secretsmanager:*:*:secret:*-??????",
      "arn:aws-cn:secretsmanager:*:*:secret:*",
      "arn:*",
    ])
      assert.equal(wildcard({ Action, Resource }), 1, Resource);
    for (const Resource of [
      "arn:aws:secretsmanager:*:*:secret:app/*",
      "arn:aws:secretsmanager:*:*:secret:*/db-??????",
      "arn:aws:ssm:*",
    ])
      assert.equal(wildcard({ Action, Resource }), 0, Resource);
    for (const one of ["ssm:GetParameter", "ssm:GetParameter*", "ssm:*"])
      assert.equal(wildcard({ Action: one, Resource: "*" }), 1, one);
    const parameter = "arn:aws:ssm:eu-west-1:000000000000:parameter/app/*";
    assert.equal(wildcard({ Action: "ssm:GetParameters", Resource: parameter }), 0);
    assert.equal(wildcard({ Action: "ssm:DescribeParameters", Resource: "*" }), 0);
  });

  it("read NotAction and NotResource for what they leave out", () => {
    const Action = "secretsmanager:GetSecretValue";
    assert.equal(wildcard({ Action, NotResource: SECRET }), 1);
    assert.equal(wildcard({ Action, NotResource: "arn:aws:secretsmanager:*:*:secret:*" }), 0);
    assert.equal(wildcard({ Action: "s3:GetObject", NotResource: "arn:aws:s3:::logs/*" }), 0);
    assert.equal(wildcard({ NotAction: "s3:DeleteBucket", Resource: "arn:aws:s3:::site/*" }), 0);
    const both = ["secretsmanager:*", "ssm:*"];
    assert.equal(wildcard({ NotAction: both, Resource: "*" }), 0);
    assert.equal(wildcard({ NotAction: "secretsmanager:*", Resource: "*" }), 1);
  });

  it("do not take a condition for a fence that leaves nearly everything", () => {
    const statement = { Action: "secretsmanager:GetSecretValue", Resource: "*" };
    const tag = "secretsmanager:ResourceTag/system";
    for (const Condition of [
      { StringNotEquals: { [tag]: "app" } },
      { StringLike: { [tag]: "*" } },
      { StringEqualsIfExists: { [tag]: "app" } },
      { Bool: { "aws:SecureTransport": "true" } },
    ])
      assert.equal(wildcard({ ...statement, Condition }), 1, JSON.stringify(Condition));
    const Condition = { StringEquals: { [tag]: "${aws:PrincipalTag/system}" } };
    assert.equal(wildcard({ ...statement, Condition }), 0);
  });

  it("find managed policies that open every secret", () => {
    const attached = (type: string, properties: Record<string, unknown>) =>
      findings(noWildcardSecretAccess, { type: `aws:iam/${type}`, properties }).length;
    const admin = "arn:aws:iam::aws:policy/AdministratorAccess";
    const policyArn = admin;
    assert.equal(attached("rolePolicyAttachment:RolePolicyAttachment", { policyArn }), 1);
    assert.equal(attached("role:Role", { managedPolicyArns: [admin] }), 1);
    assert.equal(
      attached("rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive", {
        policyArns: [admin],
      }),
      1,
    );
    const harmless = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess";
    assert.equal(attached("rolePolicyAttachment:RolePolicyAttachment", { policyArn: harmless }), 0);
  });

  it("are done with a tricky pattern in no time", () =>
    void wildcard({ Action: `${"*a".repeat(5000)}b`, Resource: `${"*-".repeat(5000)}b` })).timeout(
    2000,
  );

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

  const binding = (role: string, ...subjects: string[]) =>
    findings(noKubernetesWideSecretAccess, {
      type: "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding",
      properties: {
        metadata: { name: "binding" },
        roleRef: { kind: "ClusterRole", name: role },
        subjects: subjects.map((name) => ({ kind: "Group", name })),
      },
    }).length;

  it("find bindings of roles that open every Secret, and of nobody in particular", () => {
    for (const role of ["cluster-admin", "admin", "edit"]) assert.equal(binding(role, "team"), 1);
    assert.equal(binding("reader", "system:unauthenticated"), 1);
    assert.equal(binding("reader", "system:anonymous"), 1);
    assert.equal(binding("view", "team"), 0);
    assert.equal(binding("system:public-info-viewer", "system:unauthenticated"), 0);
  });
});
