import { createHash, generateKeyPairSync } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { Service } from "@pulumi/gcp/cloudrunv2/service";
import { SecretIamMember } from "@pulumi/gcp/secretmanager/secretIamMember";
import { Bucket } from "@pulumi/aws/s3/bucket";
import { Function as Lambda } from "@pulumi/aws/lambda/function";
import { Project as Build } from "@pulumi/aws/codebuild/project";
import { TaskDefinition } from "@pulumi/aws/ecs/taskDefinition";
import { Instance } from "@pulumi/aws/ec2/instance";
import { Policy } from "@pulumi/aws/iam/policy";
import { SecretPolicy } from "@pulumi/aws/secretsmanager/secretPolicy";
import { Policy as VaultPolicy } from "@pulumi/vault/policy";
import { Deployment } from "@pulumi/kubernetes/apps/v1/deployment";
import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource";
import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap";
import { Role } from "@pulumi/kubernetes/rbac/v1/role";
import { Command } from "@pulumi/command/local/command";
import { RandomPassword } from "@pulumi/random/randomPassword";
import { Declare, Other, base64 } from "../program";

const digest = createHash("sha256").update("image").digest("hex");
const publicKey = generateKeyPairSync("ed25519")
  .publicKey.export({ type: "spki", format: "pem" })
  .toString();
const secretArn = "arn:aws:secretsmanager:eu-west-1:000000000000:secret:app/db-a1B2c3";
const document = (statement: object) =>
  JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", ...statement }] });

/** Workloads and grants as they should be, with much that looks like a secret and is none. */
export const workloads: Readonly<Record<string, Declare>> = {
  "cloud-run-references": (name) => {
    const image = `images.example.com/api@sha256:${digest}`;
    const secretKeyRef = { secret: "postgres-password", version: "3" };
    const envs = [
      { name: "PORT", value: "8080" },
      { name: "POSTGRES_USER", value: "app_a" },
      { name: "SECRET_NAME", value: "projects/example-project/secrets/app/versions/3" },
      { name: "TOKEN_TTL_SECONDS", value: "3600" },
      { name: "RELEASE_ID", value: "3b241101-e2bb-4255-8caf-4136c566a962" },
      { name: "VAPID_PUBLIC_KEY", value: publicKey },
      { name: "POSTGRES_PASSWORD", valueSource: { secretKeyRef } },
    ];
    new Service(`${name}-service`, {
      location: "europe-west1",
      template: { containers: [{ image, envs }] },
    });
  },
  "lambda-references": (name) =>
    void new Lambda(`${name}-function`, {
      role: "arn:aws:iam::000000000000:role/app",
      codeSha256: digest,
      environment: {
        variables: { DB_SECRET_ARN: secretArn, API_TOKEN_NAME: "app/token", LOG_LEVEL: "info" },
      },
    }),
  "program-that-reads-a-password": (name) => {
    const text = [
      "import os",
      "",
      'password = os.environ["DB_SECRET"]',
      "def connect(user=None, password=None):",
      "    return database.connect(user, self.password if password == None else password)",
      "",
    ].join("\n");
    new Lambda(`${name}-function`, {
      role: "arn:aws:iam::000000000000:role/app",
      code: new pulumi.asset.AssetArchive({ "index.py": new pulumi.asset.StringAsset(text) }),
    });
    new ConfigMap(`${name}-script`, { data: { "connect.py": text } });
  },
  "ecs-references": (name) => {
    const secrets = [{ name: "DB_PASSWORD", valueFrom: secretArn }];
    const environment = [{ name: "MODE", value: "live" }];
    const containerDefinitions = JSON.stringify([
      { name: "api", image: "api:1", environment, secrets },
    ]);
    new TaskDefinition(`${name}-task`, { family: "app", containerDefinitions });
  },
  "build-references": (name) => {
    const reference = (type: string) => ({ name: "DB_PASSWORD", type, value: "/app/db-password" });
    new Build(`${name}-build`, {
      serviceRole: "arn:aws:iam::000000000000:role/build",
      artifacts: { type: "NO_ARTIFACTS" },
      source: { type: "NO_SOURCE", buildspec: "version: 0.2" },
      environment: {
        computeType: "BUILD_GENERAL1_SMALL",
        image: "example",
        type: "LINUX_CONTAINER",
        environmentVariables: [reference("SECRETS_MANAGER"), reference("PARAMETER_STORE")],
      },
    });
  },
  "external-secret": (name) => {
    const remoteRef = { key: "app/db", property: "password" };
    const spec = { data: [{ secretKey: "password", remoteRef }] };
    new CustomResource(`${name}-external`, {
      apiVersion: "external-secrets.io/v1",
      kind: "ExternalSecret",
      spec,
    });
  },
  "kubernetes-words-of-a-command": (name) => {
    const args = ["--db-password=$(DB_PASSWORD)", `--config-sum=${digest}`, "--token-ttl", "1h"];
    const containers = [{ name: "api", image: "api", args }];
    new Deployment(`${name}-app`, {
      spec: { selector: {}, template: { spec: { containers } } },
    });
  },
  "kubernetes-references": (name) => {
    const env = [
      { name: "DB_PASSWORD", valueFrom: { secretKeyRef: { name: "app", key: "password" } } },
      { name: "CONFIG_SUM", value: digest },
    ];
    const metadata = { labels: { app: "api" }, annotations: { "example.com/config-sum": digest } };
    const spec = { containers: [{ name: "api", image: "api", env }] };
    new Deployment(`${name}-app`, { spec: { selector: {}, template: { metadata, spec } } });
  },
  "config-map-harmless": (name) =>
    void new ConfigMap(`${name}-map`, {
      data: {
        "app.env": "MODE=live\nDB_PASSWORD=${DB_PASSWORD}\nTOKEN_FILE=/run/secrets/token\n",
        "ca.pem": publicKey,
        "app.yaml": "existingSecret: app-db\ndb:\n  user: app\nPASSWORD_RESET_TEMPLATE: welcome\n",
        "app.js": "module.exports = { token: req.headers.token };\n",
      },
    }),
  "user-data-harmless": (name) =>
    void new Instance(`${name}-machine`, {
      userDataBase64: base64(
        "#!/bin/sh\nexport DB_PASSWORD=$(aws secretsmanager get-secret-value --secret-id app)\nTOKEN=`cat /run/secrets/token`\n",
      ),
    }),
  "command-with-stdin": (name) => {
    const { result } = new RandomPassword(`${name}-password`, { length: 32 });
    new Command(`${name}-command`, {
      create: "psql --set=generation=4",
      stdin: result,
      environment: { PGPASSWORD: result },
    });
  },
  "tags-and-identifiers": (name) =>
    void new Bucket(`${name}-bucket`, {
      tags: {
        owner: "team",
        revision: digest.slice(0, 40),
        key: "arn:aws:kms:eu-west-1:000000000000:key/3b241101-e2bb-4255-8caf-4136c566a962",
      },
    }),
  "identifiers-anywhere": (name) =>
    void new Other("example:index:Page", `${name}-page`, {
      digest: `sha256:${digest}`,
      caBundle: base64(publicKey),
      callback: "https://auth.example.com/token?client_id=app",
      proxy: "http://proxy.example.com:3128/a@b",
    }),
  "outputs-references": (name) => ({
    [`${name}-secret-name`]: "projects/example-project/secrets/app",
    [`${name}-url`]: pulumi.output("https://app.example.com"),
  }),
  "grant-on-one-secret": (name) =>
    void new SecretIamMember(`${name}-grant`, {
      secretId: "app",
      role: "roles/secretmanager.secretAccessor",
      member: "serviceAccount:app@example-project.iam.gserviceaccount.com",
    }),
  "aws-policy-on-one-secret": (name) =>
    void new Policy(`${name}-policy`, {
      policy: document({ Action: "secretsmanager:GetSecretValue", Resource: secretArn }),
    }),
  "aws-policy-on-other-services": (name) =>
    void new Policy(`${name}-policy`, {
      policy: document({ Action: "s3:GetObject", NotResource: "arn:aws:s3:::logs/*" }),
    }),
  "secret-policy-of-one-role": (name) =>
    void new SecretPolicy(`${name}-policy`, {
      secretArn,
      policy: document({
        Principal: { AWS: "arn:aws:iam::000000000000:role/app" },
        Action: "secretsmanager:GetSecretValue",
        Resource: "*",
      }),
    }),
  "vault-policy-of-one-system": (name) =>
    void new VaultPolicy(`${name}-policy`, {
      policy: 'path "secret/data/app/*" {\n  capabilities = ["read"]\n}',
    }),
  "kubernetes-role-on-one-secret": (name) =>
    void new Role(`${name}-role`, {
      rules: [
        { apiGroups: [""], resources: ["secrets"], resourceNames: ["app"], verbs: ["get"] },
        { apiGroups: ["apps"], resources: ["deployments"], verbs: ["list"] },
      ],
    }),
};
