import * as pulumi from "@pulumi/pulumi";
import { Secret as GoogleSecret } from "@pulumi/gcp/secretmanager/secret";
import { SecretVersion } from "@pulumi/gcp/secretmanager/secretVersion";
import { User } from "@pulumi/gcp/sql/user";
import { Key } from "@pulumi/gcp/serviceaccount/key";
import { Secret as AwsSecret } from "@pulumi/aws/secretsmanager/secret";
import { SecretVersion as AwsVersion } from "@pulumi/aws/secretsmanager/secretVersion";
import { SecretRotation } from "@pulumi/aws/secretsmanager/secretRotation";
import { Parameter } from "@pulumi/aws/ssm/parameter";
import { Instance } from "@pulumi/aws/rds/instance";
import { Secret } from "@pulumi/kubernetes/core/v1/secret";
import { Provider as PostgresProvider } from "@pulumi/postgresql/provider";
import { Role } from "@pulumi/postgresql/role";
import { Provider as VaultProvider } from "@pulumi/vault/provider";
import { SecretV2 } from "@pulumi/vault/kv/secretV2";
import { RandomPassword } from "@pulumi/random/randomPassword";
import { PrivateKey } from "@pulumi/tls/privateKey";
import { Declare, Other, external } from "../program";

const password = (name: string) => new RandomPassword(`${name}-password`, { length: 32 }).result;

function version(name: string, secretData: pulumi.Input<string>): SecretVersion {
  const secret = new GoogleSecret(`${name}-secret`, {
    secretId: "postgres-password",
    replication: { auto: {} },
  });
  return new SecretVersion(`${name}-version`, {
    secret: secret.id,
    secretData,
    deletionPolicy: "DISABLE",
  });
}

/** Secrets that come from where they should and go where they may. */
export const storesAndTargets: Readonly<Record<string, Declare>> = {
  "google-generated": (name) => void version(name, password(name)),
  "google-encrypted-setting": (name) => void version(name, external()),
  "google-address": (name) =>
    void version(name, pulumi.interpolate`postgres://app:${password(name)}@db.example.com/app`),
  "google-encoded": (name) =>
    void version(
      name,
      password(name).apply((value) => Buffer.from(value).toString("base64")),
    ),
  "google-issued-key": (name) => {
    const keepers = { reason: "the partner's agent knows no federation", expires: "2026-12-31" };
    const key = new Key(`${name}-key`, { serviceAccountId: "app", keepers });
    version(name, key.privateKey);
  },
  "aws-generated": (name) => {
    const secret = new AwsSecret(`${name}-secret`, { name: "app/db" });
    const secretString = pulumi.jsonStringify({
      username: "app",
      password: password(name),
      port: 5432,
    });
    new AwsVersion(`${name}-version`, { secretId: secret.id, secretString });
  },
  "aws-rotated-by-function": (name) => {
    const rotationLambdaArn = "arn:aws:lambda:eu-west-1:000000000000:function:rotate";
    new SecretRotation(`${name}-rotation`, { secretId: "app/rotated", rotationLambdaArn });
    new AwsVersion(
      `${name}-version`,
      { secretId: "app/rotated", secretString: password(name) },
      { ignoreChanges: ["secretString"] },
    );
  },
  "aws-parameter-sealed": (name) =>
    void new Parameter(`${name}-parameter`, {
      name: "/app/db-password",
      type: "SecureString",
      value: password(name),
    }),
  "aws-parameter-harmless": (name) =>
    void new Parameter(`${name}-parameter`, {
      name: "/app/image-tag",
      type: "String",
      value: "v1.2.3",
    }),
  "vault-generated": (name) =>
    void new SecretV2(`${name}-version`, {
      mount: "secret",
      name: "app",
      dataJson: pulumi.jsonStringify({
        username: "app",
        generation: "4",
        password: password(name),
      }),
    }),
  "kubernetes-generated": (name) =>
    void new Secret(`${name}-secret`, {
      stringData: { username: "app", host: "db.example.com", password: password(name) },
    }),
  "kubernetes-encoded": (name) => {
    const encoded = password(name).apply((value) => Buffer.from(value).toString("base64"));
    new Secret(`${name}-secret`, {
      data: { password: encoded, username: Buffer.from("app-user").toString("base64") },
    });
  },
  "kubernetes-certificate": (name) => {
    const key = new PrivateKey(`${name}-key`, { algorithm: "ED25519" });
    new Secret(`${name}-secret`, {
      type: "kubernetes.io/tls",
      stringData: { "tls.key": key.privateKeyPem, "tls.crt": key.publicKeyPem },
    });
  },
  "sql-user-generated": (name) =>
    void new User(`${name}-user`, { name: "app_a", instance: "db", password: password(name) }),
  "sql-user-encrypted-setting": (name) =>
    void new User(`${name}-user`, { name: "app_a", instance: "db", password: external() }),
  "secret-of-another-stack": (name) => {
    const shared = new pulumi.StackReference(`${name}-shared`, {
      name: "organization/example-project/shared",
    });
    const handed = shared.requireOutput("password") as pulumi.Output<string>;
    new User(`${name}-user`, { name: "app_a", instance: "db", password: handed });
    version(name, handed);
  },
  "role-generated": (name) =>
    void new Role(`${name}-role`, { name: "app_a", login: true, password: password(name) }),
  "role-verifier": (name) => {
    const verifier = password(name).apply(
      (value) => `SCRAM-SHA-256$4096:${Buffer.from(value).toString("hex")}`,
    );
    new Role(`${name}-role`, { name: "app_a", login: true, password: verifier });
  },
  "rds-managed": (name) =>
    void new Instance(`${name}-db`, {
      instanceClass: "db.t4g.micro",
      manageMasterUserPassword: true,
      username: "app",
    }),
  "provider-encrypted-setting": (name) =>
    void new PostgresProvider(`${name}-provider`, {
      host: "db.example.com",
      username: "app",
      password: external(),
    }),
  "provider-login-generated": (name) =>
    void new VaultProvider(`${name}-provider`, {
      address: "https://vault.example.com",
      authLoginUserpass: { username: "app", password: password(name) },
    }),
  "provider-generated": (name) =>
    void new PostgresProvider(`${name}-provider`, {
      host: "db.example.com",
      password: password(name),
    }),
  "unknown-provider-encrypted": (name) =>
    void new Other("example:index:Agent", `${name}-agent`, {
      settings: { apiToken: external(), passwordPolicy: "strict" },
    }),
};
