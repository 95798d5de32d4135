import * as pulumi from "@pulumi/pulumi";
import * as library from "../../components";
import type { RotationRecord } from "../../components";
import { canary } from "../support/mock-answers";
import { RECORDS, withUsers, withValues } from "./fixtures";

const project = "example-project";
const record = RECORDS.grace;
/** Something was retired: generation 2. */
const withGap: RotationRecord = { generation: 3, active: "b", slots: { a: 1, b: 3 } };
const hook = () => new pulumi.ResourceHook("held-back", () => {});
const vaultRole = { roleName: "svc", reads: [{ path: "project/prod/key" }] };
const cloudRun = {
  project,
  location: "europe-west1",
  serviceName: "svc",
  image: "images.example.com/svc:1",
  serviceAccount: "svc@example.com",
  env: { PLAIN: "1" },
  secretEnv: [{ name: "KEY", secretId: "key", version: "2" }],
  generations: { KEY: 2 },
};

/** Every component with arguments that make it declare all the kinds of children that it has. */
export const COMPONENTS: Readonly<Record<string, (name: string) => pulumi.ComponentResource>> = {
  AdminPassword: (name) => new library.AdminPassword(name, { record }),
  Password: (name) => new library.Password(name, { record }),
  Token: (name) => new library.Token(name, { record }),
  DatabaseCredential: (name) => new library.DatabaseCredential(name, { record, user: "app" }),
  ExternalKey: (name) =>
    new library.ExternalKey(name, {
      secret: "KEY",
      record,
      values: {
        a: { generation: 1, value: canary("external", 1) },
        b: { generation: 2, value: canary("external", 2) },
      },
    }),
  SessionSecret: (name) => new library.SessionSecret(name, { record }),
  JwtKey: (name) =>
    new library.JwtKey(name, {
      record,
      algorithm: "ES256",
      formerly: { algorithm: "HS256", until: 1 },
    }),
  WebhookSecret: (name) => new library.WebhookSecret(name, { secret: "HOOK", record }),
  VapidPair: (name) => new library.VapidPair(name, { record }),
  Keyring: (name) => new library.Keyring(name, { record: withGap, beforeRetirement: hook() }),
  BackupKey: (name) => new library.BackupKey(name, { record: withGap, beforeRetirement: hook() }),
  ApiKeyPair: (name) => {
    const pair = (generation: number) => ({
      publishable: canary("publishable", generation),
      secret: canary("secret", generation),
    });
    return new library.ApiKeyPair(name, {
      secret: "KEYS",
      record,
      values: {
        a: { generation: 1, value: JSON.stringify(pair(1)) },
        b: { generation: 2, value: JSON.stringify(pair(2)) },
      },
    });
  },
  ProviderCredential: (name) =>
    new library.ProviderCredential(name, {
      secret: "TOKEN",
      record: RECORDS.rest,
      values: { a: { generation: 1, value: canary("external", 1) } },
      usedBy: "vault",
    }),
  ServiceIdentity: (name) =>
    new library.ServiceIdentity(name, {
      project,
      accountId: "svc-account",
      key: { reason: "a partner without federation", expires: "2026-12-31" },
    }),
  GoogleSecretManager: (name) =>
    new library.GoogleSecretManager(name, {
      project,
      secretId: "entry",
      generations: withValues(record),
    }),
  AwsSecretsManager: (name) =>
    new library.AwsSecretsManager(name, {
      secretName: "project/prod/KEY",
      generations: withValues(record),
      resourcePolicy: "{}",
    }),
  AwsSecretReader: (name) =>
    new library.AwsSecretReader(name, {
      role: "svc",
      policyName: "svc-reads",
      secrets: { key: "arn:aws:secretsmanager:us-east-1:000000000000:secret:key-AbCdEf" },
    }),
  EcsTaskDefinition: (name) =>
    new library.EcsTaskDefinition(name, {
      family: "svc",
      image: "images.example.com/svc:1",
      executionRoleArn: "arn:aws:iam::000000000000:role/svc",
      env: { PLAIN: "1" },
      secretEnv: [],
      generations: { KEY: 2 },
      port: 8000,
      healthCommand: ["/app/ready"],
    }),
  LambdaService: (name) =>
    new library.LambdaService(name, {
      functionName: "svc",
      code: new pulumi.asset.AssetArchive({ "index.js": new pulumi.asset.StringAsset("exports") }),
      handler: "index.handler",
      runtime: "nodejs22.x",
      roleArn: "arn:aws:iam::000000000000:role/svc",
      env: { PLAIN: "1" },
      secretEnv: [],
      generations: { KEY: 2 },
    }),
  RotationFunction: (name) =>
    new library.RotationFunction(name, {
      functionName: "rotate",
      region: "us-east-1",
      accountId: "000000000000",
      code: new pulumi.asset.AssetArchive({ "index.js": new pulumi.asset.StringAsset("exports") }),
      kind: "token",
      secrets: { key: "arn:aws:secretsmanager:us-east-1:000000000000:secret:key-AbCdEf" },
    }),
  CloudSqlUsers: (name) =>
    new library.CloudSqlUsers(name, {
      project,
      instance: "db",
      generations: withUsers(record),
      users: "alternating",
      ownerRole: "owner",
    }),
  PostgresRoles: (name) =>
    new library.PostgresRoles(name, {
      database: "app",
      generations: withUsers(record),
      users: "alternating",
      ownerRole: "app_owner",
      createOwner: true,
      groupRole: "app_users",
      admin: {
        ...{ host: "127.0.0.1", port: 5432, database: "postgres", username: "admin" },
        password: pulumi.secret(canary("admin", 1)),
      },
    }),
  CloudRunService: (name) => new library.CloudRunService(name, { ...cloudRun, public: true }),
  CloudRunJob: (name) => new library.CloudRunJob(name, { ...cloudRun, runToken: "g2" }),
  ComposeHost: (name) =>
    new library.ComposeHost(name, {
      environment: "dev",
      connection: { host: "192.0.2.7", user: "deploy", privateKey: pulumi.secret("canary") },
      envFile: "/srv/app/.env",
      composeFile: "/srv/app/compose.yaml",
      services: ["app-1", "app-2"],
      env: { PLAIN: "1" },
      secretEnv: [{ name: "KEY", value: pulumi.secret("canary") }],
      generations: { KEY: 2 },
    }),
  ComposeJob: (name) =>
    new library.ComposeJob(name, {
      environment: "dev",
      connection: { host: "192.0.2.7", user: "deploy", privateKey: pulumi.secret("canary") },
      ...{ envFile: "/srv/app/.env", composeFile: "/srv/app/compose.yaml" },
      ...{ service: "seed-admin", runToken: "g2-20260131120000" },
    }),
  DeveloperEnvFile: (name) =>
    new library.DeveloperEnvFile(name, {
      ...{ environment: "dev", setting: "rekey:project.envFile", file: ".env" },
      ...{ env: { PLAIN: "1" }, generations: { KEY: 2 } },
      secretEnv: { KEY: pulumi.secret("canary") },
    }),
  LocalEnvFile: (name) =>
    new library.LocalEnvFile(name, {
      environment: "dev",
      file: ".env",
      variable: "POSTGRES_PASSWORD",
      generations: withValues(record),
      host: "127.0.0.1",
      port: 5432,
      database: "app",
      user: "app",
    }),
  VaultKv: (name) =>
    new library.VaultKv(name, { path: "project/prod/key", generations: withValues(record) }),
  VaultSharedPath: (name) =>
    new library.VaultSharedPath(name, {
      path: "project/prod",
      secrets: { KEY: withValues(record) },
    }),
  VaultAppRole: (name) => new library.VaultAppRole(name, vaultRole),
  VaultKubernetesRole: (name) =>
    new library.VaultKubernetesRole(name, {
      ...vaultRole,
      serviceAccount: "svc",
      namespace: "project",
    }),
  KubernetesSecret: (name) =>
    new library.KubernetesSecret(name, {
      namespace: "project",
      secretName: "key",
      generations: withValues(record),
    }),
  KubernetesCronJob: (name) =>
    new library.KubernetesCronJob(name, {
      ...{ namespace: "project", jobName: "svc", image: "images.example.com/svc:1" },
      ...{ schedule: "0 2 * * *", env: { PLAIN: "1" }, generations: { KEY: 2 } },
      secretEnv: [{ name: "KEY", secretName: "key-g2" }],
    }),
  KubernetesWorkload: (name) =>
    new library.KubernetesWorkload(name, {
      ...{ namespace: "project", workloadName: "svc", image: "images.example.com/svc:1" },
      ...{ port: 8080, env: { PLAIN: "1" }, generations: { KEY: 2 } },
      secretEnv: [{ name: "KEY", secretName: "key-g2" }],
      data: { mountPath: "/data", size: "1Gi" },
    }),
  KubernetesSecretReader: (name) =>
    new library.KubernetesSecretReader(name, {
      ...{ namespace: "project", serviceAccount: "svc", secretNames: ["key-g2"] },
    }),
  SecretReader: (name) =>
    new library.SecretReader(name, {
      project,
      member: "serviceAccount:svc@example.com",
      secrets: { key: "key", other: "other" },
    }),
};
