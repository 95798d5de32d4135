import * as pulumi from "@pulumi/pulumi";
import { SecretVersion } from "@pulumi/gcp/secretmanager/secretVersion";
import { User } from "@pulumi/gcp/sql/user";
import { SecretVersion as AwsVersion } from "@pulumi/aws/secretsmanager/secretVersion";
import { SecretRotation } from "@pulumi/aws/secretsmanager/secretRotation";
import { Instance } from "@pulumi/aws/rds/instance";
import { Secret } from "@pulumi/kubernetes/core/v1/secret";
import { Provider as KubernetesProvider } from "@pulumi/kubernetes/provider";
import { Provider as PostgresProvider } from "@pulumi/postgresql/provider";
import { Role } from "@pulumi/postgresql/role";
import { Provider as VaultProvider } from "@pulumi/vault/provider";
import { SecretV2 } from "@pulumi/vault/kv/secretV2";
import { RandomPet } from "@pulumi/random/randomPet";
import { RandomPassword } from "@pulumi/random/randomPassword";
import { Bad, Other, external, made, open } from "../program";

function version(name: string, secretData: pulumi.Input<string>, deletionPolicy = "DISABLE"): void {
  new SecretVersion(`${name}-version`, {
    secret: "projects/example-project/secrets/app",
    secretData,
    deletionPolicy,
  });
}

function awsVersion(name: string, secretString: pulumi.Input<string>): void {
  new AwsVersion(`${name}-version`, { secretId: "app/db", secretString });
}

/** Literals and plain settings where secrets belong, and what is wrong with passwords and rotation. */
export const storesAndTargets: Readonly<Record<string, Bad>> = {
  "google-version-literal": {
    rule: "secret-version-data-from-declared-secret",
    declare: (name) => version(name, made("google version")),
  },
  "aws-version-marked-literal": {
    rule: "secret-version-data-from-declared-secret",
    declare: (name) => awsVersion(name, pulumi.secret(made("aws version"))),
  },
  "vault-version-literal": {
    rule: "secret-version-data-from-declared-secret",
    declare: (name) =>
      void new SecretV2(`${name}-version`, {
        mount: "secret",
        name: "app",
        dataJson: JSON.stringify({ password: made("vault") }),
      }),
  },
  "kubernetes-secret-literal": {
    rule: "secret-version-data-from-declared-secret",
    declare: (name) =>
      void new Secret(`${name}-secret`, {
        stringData: { username: "app", password: made("kubernetes") },
      }),
  },
  "version-plain-setting": {
    rule: "secret-version-data-from-declared-secret",
    declare: (name) => version(name, open()),
  },
  "version-destroyed": {
    rule: "no-secret-manager-delete-on-rotation",
    declare: (name) => version(name, external(), "DELETE"),
  },
  "sql-user-literal": {
    rule: "no-literal-credential",
    declare: (name) =>
      void new User(`${name}-user`, { instance: "db", password: made("sql user") }),
  },
  "sql-user-like-a-placeholder": {
    rule: "no-literal-credential",
    declare: (name) =>
      void new User(`${name}-user`, { instance: "db", password: `$${made("dollar")}` }),
  },
  "sql-user-random-name": {
    rule: "no-literal-credential",
    declare: (name) => {
      const pet = new RandomPet(`${name}-pet`);
      const password = pulumi.interpolate`${made("pet")}${pet.id}`;
      new User(`${name}-user`, { instance: "db", password });
    },
  },
  "sql-user-plain-setting": {
    rule: "no-plain-configuration-as-credential",
    declare: (name) => void new User(`${name}-user`, { instance: "db", password: open() }),
  },
  "sql-user-weak": {
    rule: "no-weak-password",
    declare: (name) => void new User(`${name}-user`, { instance: "db", password: "Changeme123!" }),
  },
  "role-literal": {
    rule: "no-literal-credential",
    declare: (name) =>
      void new Role(`${name}-role`, { name: "app", login: true, password: made("role") }),
  },
  "provider-literal": {
    rule: "no-literal-credential",
    declare: (name) =>
      void new PostgresProvider(`${name}-provider`, {
        host: "db.example.com",
        password: made("provider"),
      }),
  },
  "provider-login-literal": {
    rule: "no-literal-credential",
    declare: (name) =>
      void new VaultProvider(`${name}-provider`, {
        address: "https://vault.example.com",
        authLoginUserpass: { username: "app", password: made("login") },
      }),
  },
  "provider-kubeconfig": {
    rule: "no-literal-credential",
    declare: (name) =>
      void new KubernetesProvider(`${name}-provider`, {
        kubeconfig: `users:\n- name: app\n  user:\n    token: ${made("kubeconfig")}\n`,
      }),
  },
  "unknown-provider-literal": {
    rule: "no-literal-credential",
    declare: (name) =>
      void new Other("example:index:Agent", `${name}-agent`, {
        settings: { apiToken: made("agent") },
      }),
  },
  "generated-short": {
    rule: "no-weak-password",
    declare: (name) => void new RandomPassword(`${name}-password`, { length: 8 }),
  },
  "rotated-twice": {
    rule: "no-rotation-by-record-and-function",
    declare: (name) => {
      awsVersion(name, external());
      new SecretRotation(`${name}-rotation`, {
        secretId: "app/db",
        rotationLambdaArn: "arn:aws:lambda:eu-west-1:000000000000:function:rotate",
      });
    },
  },
  "password-managed-twice": {
    rule: "no-rotation-by-record-and-function",
    declare: (name) =>
      void new Instance(`${name}-db`, {
        instanceClass: "db.t4g.micro",
        manageMasterUserPassword: true,
        password: external(),
      }),
  },
};
