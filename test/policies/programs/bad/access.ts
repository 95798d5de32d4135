import { IAMMember } from "@pulumi/gcp/projects/iammember";
import { SecretIamBinding } from "@pulumi/gcp/secretmanager/secretIamBinding";
import { Key } from "@pulumi/gcp/serviceaccount/key";
import { AccessKey } from "@pulumi/aws/iam/accessKey";
import { Policy } from "@pulumi/aws/iam/policy";
import { RolePolicyAttachment } from "@pulumi/aws/iam/rolePolicyAttachment";
import { SecretPolicy } from "@pulumi/aws/secretsmanager/secretPolicy";
import { Policy as VaultPolicy } from "@pulumi/vault/policy";
import { ClusterRole } from "@pulumi/kubernetes/rbac/v1/clusterRole";
import { ClusterRoleBinding } from "@pulumi/kubernetes/rbac/v1/clusterRoleBinding";
import { Role } from "@pulumi/kubernetes/rbac/v1/role";
import { Bad } from "../program";

const document = (statement: object) =>
  JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", ...statement }] });
const READER = "roles/secretmanager.secretAccessor";

/** Who may read too much, and keys without an end. */
export const access: Readonly<Record<string, Bad>> = {
  "project-wide": {
    rule: "no-project-wide-secret-access",
    declare: (name) =>
      void new IAMMember(`${name}-grant`, {
        project: "example-project",
        role: READER,
        member: "serviceAccount:app@example.com",
      }),
  },
  public: {
    rule: "no-public-secret-access",
    declare: (name) =>
      void new SecretIamBinding(`${name}-grant`, {
        secretId: "app",
        role: READER,
        members: ["allAuthenticatedUsers"],
      }),
  },
  "aws-wildcard": {
    rule: "no-wildcard-secret-access",
    declare: (name) =>
      void new Policy(`${name}-policy`, {
        policy: document({ Action: ["secretsmanager:Get*"], Resource: "*" }),
      }),
  },
  "aws-everything-but-one": {
    rule: "no-wildcard-secret-access",
    declare: (name) =>
      void new Policy(`${name}-policy`, {
        policy: document({
          Action: "secretsmanager:GetSecretValue",
          NotResource: "arn:aws:secretsmanager:*:*:secret:app-??????",
        }),
      }),
  },
  "aws-administrator": {
    rule: "no-wildcard-secret-access",
    declare: (name) =>
      void new RolePolicyAttachment(`${name}-attachment`, {
        role: "app",
        policyArn: "arn:aws:iam::aws:policy/AdministratorAccess",
      }),
  },
  "vault-wildcard": {
    rule: "no-wildcard-secret-access",
    declare: (name) =>
      void new VaultPolicy(`${name}-policy`, {
        policy: 'path "secret/data/*" {\n  capabilities = ["read"]\n}',
      }),
  },
  "kubernetes-list": {
    rule: "no-kubernetes-wide-secret-access",
    declare: (name) =>
      void new Role(`${name}-role`, {
        rules: [{ apiGroups: [""], resources: ["secrets"], verbs: ["list"] }],
      }),
  },
  "kubernetes-everything": {
    rule: "no-kubernetes-wide-secret-access",
    declare: (name) =>
      void new ClusterRole(`${name}-role`, {
        rules: [{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }],
      }),
  },
  "kubernetes-administrator": {
    rule: "no-kubernetes-wide-secret-access",
    declare: (name) =>
      void new ClusterRoleBinding(`${name}-binding`, {
        roleRef: {
          apiGroup: "rbac.authorization.k8s.io",
          kind: "ClusterRole",
          name: "cluster-admin",
        },
        subjects: [{ kind: "ServiceAccount", name: "app", namespace: "app" }],
      }),
  },
  "foreign-account": {
    rule: "no-stranger-in-secret-policy",
    declare: (name) =>
      void new SecretPolicy(`${name}-policy`, {
        secretArn: "arn:aws:secretsmanager:eu-west-1:000000000000:secret:app",
        policy: document({
          Principal: { AWS: "arn:aws:iam::111111111111:root" },
          Action: "secretsmanager:GetSecretValue",
          Resource: "*",
        }),
      }),
  },
  stranger: {
    rule: "no-stranger-in-secret-policy",
    declare: (name) =>
      void new SecretPolicy(`${name}-policy`, {
        secretArn: "arn:aws:secretsmanager:eu-west-1:000000000000:secret:app",
        policy: document({
          Principal: { AWS: "*" },
          Action: "secretsmanager:GetSecretValue",
          Resource: "*",
        }),
      }),
  },
  "google-key": {
    rule: "no-service-account-key-without-reason-and-expiry",
    declare: (name) => void new Key(`${name}-key`, { serviceAccountId: "app" }),
  },
  "aws-key": {
    rule: "no-service-account-key-without-reason-and-expiry",
    declare: (name) => void new AccessKey(`${name}-key`, { user: "app" }),
  },
};
