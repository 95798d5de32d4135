import { Declared, secret } from "./harness";
import { service } from "./rules/cloud-run";

/** Stands in every value of the examples, so that a message which shows one is found. */
export const CANARY = "canary7f3";

const token = `ghp_${`C4${CANARY}`.repeat(4)}`;
const pem = `-----BEGIN PRIVATE ${"KEY"}-----\n${CANARY}\n-----END PRIVATE ${"KEY"}-----`;
const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
const jwt = [encode({ alg: "HS256" }), encode({ sub: CANARY }), CANARY.repeat(4)].join(".");
const address = `postgres://app:${CANARY}@db.example.com/app`;

const bucket = (properties: Record<string, unknown>): Declared => ({
  type: "gcp:storage/bucket:Bucket",
  properties: { location: "EU", website: properties },
});
const password: Declared = {
  type: "random:index/randomPassword:RandomPassword",
  name: "password",
  properties: { length: 24, result: secret(`${CANARY}-generated`) },
};
const stack: Declared = {
  type: "pulumi:pulumi:Stack",
  name: "example-project-dev",
  managed: false,
  properties: {},
};

/** A program that breaks a rule, and the configuration that it is run with. */
export interface Broken {
  readonly program: readonly Declared[];
  /** Settings of the stack in plain text. */
  readonly configuration?: Readonly<Record<string, string>>;
  /** Encrypted settings of the stack. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** Settings of the rule. */
  readonly settings?: Record<string, unknown>;
}

const one = (type: string, properties: Record<string, unknown>): Broken => ({
  program: [{ type, properties }],
});
const bucketOf = (content: string) => one("gcp:storage/bucketObject:BucketObject", { content });
const policy = (statement: object) =>
  JSON.stringify({ Statement: [{ Effect: "Allow", ...statement }] });

/** For every rule, programs that break it. */
export const BROKEN: Readonly<Record<string, readonly Broken[]>> = {
  "no-plaintext-credential-in-cloud-run-env": [
    {
      program: [service({ name: "PORT", value: "8080" }, { name: "DB_PASSWORD", value: CANARY })],
    },
    { program: [service({ name: "DB_PASSWORD", value: secret(CANARY) })] },
  ],
  "no-plaintext-credential-in-lambda-env": [
    one("aws:lambda/function:Function", { environment: { variables: { API_TOKEN: CANARY } } }),
  ],
  "no-plaintext-credential-in-ecs-env": [
    one("aws:ecs/taskDefinition:TaskDefinition", {
      containerDefinitions: JSON.stringify([
        { name: "api", environment: [{ name: "DB_PASSWORD", value: CANARY }] },
      ]),
    }),
  ],
  "no-plaintext-credential-in-kubernetes-env": [
    one("kubernetes:apps/v1:Deployment", {
      spec: {
        template: { spec: { containers: [{ env: [{ name: "DB_PASSWORD", value: CANARY }] }] } },
      },
    }),
  ],
  "no-plaintext-credential-in-config-map": [
    one("kubernetes:core/v1:ConfigMap", {
      data: { "app.env": `MODE=live\nDB_PASSWORD=${CANARY}` },
    }),
    one("kubernetes:core/v1:ConfigMap", { data: { apiToken: CANARY } }),
    one("kubernetes:core/v1:ConfigMap", {
      data: { "app.json": JSON.stringify({ db: { password: CANARY } }) },
    }),
  ],
  "no-plaintext-credential-in-user-data": [
    one("aws:ec2/instance:Instance", {
      userDataBase64: Buffer.from(`#!/bin/sh\nexport DB_PASSWORD="${CANARY}"\n`).toString("base64"),
    }),
    one("gcp:compute/instance:Instance", {
      metadata: { "startup-script": `curl -H "x: 1" ${address}` },
    }),
  ],
  "no-plaintext-credential-in-environment": [
    one("gcp:cloudfunctionsv2/function:Function", {
      serviceConfig: { environmentVariables: { API_TOKEN: CANARY } },
    }),
    one("aws:ssm/parameter:Parameter", { name: "/app/db-password", type: "String", value: CANARY }),
  ],
  "no-literal-credential": [
    one("postgresql:index/role:Role", { name: "app", password: CANARY }),
    one("gcp:sql/user:User", { name: "app", password: secret(CANARY) }),
    one("pulumi:providers:cloudflare", { apiToken: secret(CANARY) }),
    one("example:index:Agent", { settings: { adminPassword: CANARY } }),
    one("command:remote:Command", {
      connection: secret({ host: "host.example.com", password: CANARY }),
    }),
  ],
  "no-plain-configuration-as-credential": [
    {
      ...one("gcp:sql/user:User", { name: "app", password: secret(CANARY) }),
      configuration: { "example-project:db": CANARY },
    },
    { program: [stack], configuration: { "example-project:dbPassword": CANARY } },
    {
      program: [stack],
      configuration: { "example-project:systems": JSON.stringify({ a: { adminToken: CANARY } }) },
    },
  ],
  "no-unwrapped-secret": [
    { ...one("gcp:storage/bucket:Bucket", { location: CANARY }), secrets: { "example:x": CANARY } },
    { program: [password, bucket({ notFoundPage: `${CANARY}-generated` })] },
  ],
  "no-escaped-secret": [
    { program: [password, bucket({ notFoundPage: secret(`${CANARY}-generated`) })] },
  ],
  "no-secret-in-stack-output": [
    { program: [{ ...stack, properties: { database: secret(CANARY) } }] },
    { program: [{ ...stack, properties: { dbPassword: CANARY, address } }] },
  ],
  "no-secret-in-names-and-labels": [
    one("aws:s3/bucket:Bucket", { tags: { owner: "team", note: token } }),
    one("aws:s3/bucket:Bucket", { tags: { "db-password": CANARY } }),
    one("kubernetes:apps/v1:Deployment", { metadata: { annotations: { sum: secret(CANARY) } } }),
    {
      program: [
        password,
        { type: "aws:s3/bucket:Bucket", properties: { name: `${CANARY}-generated` } },
      ],
    },
    {
      program: [
        password,
        { type: "aws:s3/bucket:Bucket", name: `site-${CANARY}-generated`, properties: {} },
      ],
    },
    {
      program: [{ type: "aws:s3/bucket:Bucket", name: `site-${CANARY}`, properties: {} }],
      secrets: { "example-project:key": CANARY },
    },
  ],
  "no-address-with-password": [
    { program: [bucket({ notFoundPage: address })] },
    { program: [bucket({ notFoundPage: secret(address) })] },
  ],
  "no-private-key": [{ program: [bucket({ notFoundPage: pem })] }],
  "no-key-file": [
    {
      program: [
        bucket({ notFoundPage: JSON.stringify({ type: "service_account", private_key: pem }) }),
      ],
    },
  ],
  "no-signed-token": [{ program: [bucket({ notFoundPage: jwt })] }],
  "no-provider-token": [
    { program: [bucket({ notFoundPage: Buffer.from(token).toString("base64") })] },
  ],
  "no-weak-password": [
    one("gcp:sql/user:User", { name: "app", password: secret(CANARY.slice(0, 8)) }),
    one("gcp:sql/user:User", { name: CANARY.repeat(2), password: secret(CANARY.repeat(2)) }),
    one("random:index/randomPassword:RandomPassword", { length: 8 }),
  ],
  "secret-version-data-from-declared-secret": [
    one("gcp:secretmanager/secretVersion:SecretVersion", {
      deletionPolicy: "DISABLE",
      secret: CANARY,
      secretData: CANARY,
    }),
    one("kubernetes:core/v1:Secret", { stringData: secret({ username: "app", password: CANARY }) }),
  ],
  "no-service-account-key-without-reason-and-expiry": [
    one("gcp:serviceaccount/key:Key", {
      keepers: { reason: "x", expires: CANARY },
      serviceAccountId: CANARY,
    }),
  ],
  "no-secret-manager-delete-on-rotation": [
    one("gcp:secretmanager/secretVersion:SecretVersion", {
      deletionPolicy: CANARY,
      secret: CANARY,
      secretData: secret(CANARY),
    }),
  ],
  "no-project-wide-secret-access": [
    one("gcp:projects/iAMMember:IAMMember", {
      project: CANARY,
      role: "roles/secretmanager.secretAccessor",
      member: `serviceAccount:${CANARY}@example.com`,
    }),
  ],
  "no-public-secret-access": [
    one("gcp:secretmanager/secretIamMember:SecretIamMember", {
      secretId: CANARY,
      role: "roles/secretmanager.secretAccessor",
      member: "allUsers",
    }),
  ],
  "no-wildcard-secret-access": [
    one("aws:iam/policy:Policy", {
      description: CANARY,
      policy: policy({ Action: "secretsmanager:GetSecretValue", Resource: "*" }),
    }),
    one("vault:index/policy:Policy", {
      name: CANARY,
      policy: 'path "secret/data/*" { capabilities = ["read"] }',
    }),
  ],
  "no-kubernetes-wide-secret-access": [
    one("kubernetes:rbac.authorization.k8s.io/v1:ClusterRole", {
      metadata: { name: CANARY },
      rules: [{ apiGroups: [""], resources: ["secrets"], verbs: ["get", "list"] }],
    }),
  ],
  "no-stranger-in-secret-policy": [
    one("aws:secretsmanager/secretPolicy:SecretPolicy", {
      secretArn: CANARY,
      policy: policy({ Principal: "*", Action: "secretsmanager:GetSecretValue", Resource: "*" }),
    }),
  ],
  "no-rotation-by-record-and-function": [
    {
      program: [
        {
          type: "aws:secretsmanager/secretRotation:SecretRotation",
          properties: { secretId: CANARY },
        },
        {
          type: "aws:secretsmanager/secretVersion:SecretVersion",
          properties: { secretId: CANARY, secretString: secret(CANARY) },
        },
      ],
    },
    one("aws:rds/instance:Instance", { manageMasterUserPassword: true, password: secret(CANARY) }),
  ],
  "accounts-in-secret-policy-are-known": [
    one("aws:secretsmanager/secret:Secret", {
      name: CANARY,
      policy: policy({
        Principal: { AWS: "arn:aws:iam::111111111111:root" },
        Action: "secretsmanager:GetSecretValue",
        Resource: "*",
      }),
    }),
  ],
  "texts-are-searched-whole": [bucketOf(CANARY.repeat(150_000))],
  "suppressions-are-dated": [],
};
