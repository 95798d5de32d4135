import * as pulumi from "@pulumi/pulumi";
import { Service } from "@pulumi/gcp/cloudrunv2/service";
import { Job } from "@pulumi/gcp/cloudrunv2/job";
import { Function as CloudFunction } from "@pulumi/gcp/cloudfunctionsv2/function";
import { Instance as Machine } from "@pulumi/gcp/compute/instance";
import { Function as Lambda } from "@pulumi/aws/lambda/function";
import { TaskDefinition } from "@pulumi/aws/ecs/taskDefinition";
import { Parameter } from "@pulumi/aws/ssm/parameter";
import { Instance } from "@pulumi/aws/ec2/instance";
import { Deployment } from "@pulumi/kubernetes/apps/v1/deployment";
import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap";
import { Command } from "@pulumi/command/local/command";
import { RandomPassword } from "@pulumi/random/randomPassword";
import { Bad, address, base64, external, made, open } from "../program";

type Variable = { name: string; value: pulumi.Input<string> };

function service(name: string, ...envs: Variable[]): void {
  new Service(`${name}-service`, {
    location: "europe-west1",
    template: { containers: [{ image: "api", envs }] },
  });
}

function deployment(name: string, ...env: Variable[]): void {
  const containers = [{ name: "api", image: "api", env }];
  new Deployment(`${name}-app`, {
    spec: {
      selector: {},
      template: { metadata: { labels: { app: "api" } }, spec: { containers } },
    },
  });
}

function lambda(name: string, variables: Record<string, pulumi.Input<string>>): void {
  new Lambda(`${name}-function`, {
    role: "arn:aws:iam::000000000000:role/app",
    environment: { variables },
  });
}

function task(name: string, definitions: pulumi.Input<string>): void {
  new TaskDefinition(`${name}-task`, { family: "app", containerDefinitions: definitions });
}

const generated = (name: string) => new RandomPassword(`${name}-password`, { length: 32 }).result;

/** Credentials in what workloads start with. */
export const workloads: Readonly<Record<string, Bad>> = {
  "cloud-run-literal": {
    rule: "no-plaintext-credential-in-cloud-run-env",
    declare: (name) => service(name, { name: "DB_PASSWORD", value: made("cloud run") }),
  },
  "cloud-run-encrypted-setting": {
    rule: "no-plaintext-credential-in-cloud-run-env",
    declare: (name) => service(name, { name: "UPSTREAM", value: external() }),
  },
  "cloud-run-generated": {
    rule: "no-plaintext-credential-in-cloud-run-env",
    declare: (name) => service(name, { name: "API_TOKEN", value: generated(name) }),
  },
  "cloud-run-address": {
    rule: "no-plaintext-credential-in-cloud-run-env",
    declare: (name) => service(name, { name: "DATABASE", value: address(made("address")) }),
  },
  "cloud-run-job-plain-setting": {
    rule: "no-plaintext-credential-in-cloud-run-env",
    declare: (name) => {
      const envs = [{ name: "JWT_SECRET", value: open() }];
      new Job(`${name}-job`, {
        location: "europe-west1",
        template: { template: { containers: [{ image: "job", envs }] } },
      });
    },
  },
  "cloud-function-literal": {
    rule: "no-plaintext-credential-in-environment",
    declare: (name) => {
      const environmentVariables = { STRIPE_API_KEY: made("cloud function") };
      new CloudFunction(`${name}-function`, {
        location: "europe-west1",
        serviceConfig: { environmentVariables },
      });
    },
  },
  "lambda-literal": {
    rule: "no-plaintext-credential-in-lambda-env",
    declare: (name) => lambda(name, { DB_PASSWORD: made("lambda") }),
  },
  "lambda-unwrapped": {
    rule: "no-plaintext-credential-in-lambda-env",
    declare: (name) => lambda(name, { MODE: pulumi.unsecret(external()) }),
  },
  "ecs-literal": {
    rule: "no-plaintext-credential-in-ecs-env",
    declare: (name) =>
      task(
        name,
        JSON.stringify([{ name: "api", environment: [{ name: "API_TOKEN", value: made("ecs") }] }]),
      ),
  },
  "ecs-encrypted-setting": {
    rule: "no-plaintext-credential-in-ecs-env",
    declare: (name) =>
      task(
        name,
        pulumi.jsonStringify([
          { name: "api", environment: [{ name: "UPSTREAM", value: external() }] },
        ]),
      ),
  },
  "kubernetes-literal": {
    rule: "no-plaintext-credential-in-kubernetes-env",
    declare: (name) => deployment(name, { name: "REDIS_PASSWORD", value: made("kubernetes") }),
  },
  "kubernetes-marked-literal": {
    rule: "no-plaintext-credential-in-kubernetes-env",
    declare: (name) =>
      deployment(name, { name: "REDIS_PASSWORD", value: pulumi.secret(made("marked")) }),
  },
  "config-map-env-file": {
    rule: "no-plaintext-credential-in-config-map",
    declare: (name) =>
      void new ConfigMap(`${name}-map`, {
        data: { "app.env": `MODE=live\nDB_PASSWORD=${made("env file")}\n` },
      }),
  },
  "config-map-json": {
    rule: "no-plaintext-credential-in-config-map",
    declare: (name) =>
      void new ConfigMap(`${name}-map`, {
        data: { "app.json": JSON.stringify({ db: { password: made("json") } }) },
      }),
  },
  "config-map-nested": {
    rule: "no-plaintext-credential-in-config-map",
    declare: (name) =>
      void new ConfigMap(`${name}-map`, {
        data: { "app.yaml": `db:\n  password: ${made("yaml")}\n` },
      }),
  },
  "config-map-default": {
    rule: "no-weak-password",
    declare: (name) =>
      void new ConfigMap(`${name}-map`, { data: { "app.env": "DB_PASSWORD=changeme\n" } }),
  },
  "kubernetes-words-of-a-command": {
    rule: "no-plaintext-credential-in-user-data",
    declare: (name) => {
      const args = ["serve", `--db-password=${made("argument")}`];
      const containers = [{ name: "api", image: "api", args }];
      new Deployment(`${name}-app`, {
        spec: { selector: {}, template: { spec: { containers } } },
      });
    },
  },
  "config-map-encoded": {
    rule: "no-plaintext-credential-in-config-map",
    declare: (name) =>
      void new ConfigMap(`${name}-map`, {
        binaryData: { upstream: base64(address(made("encoded"))) },
      }),
  },
  "user-data-script": {
    rule: "no-plaintext-credential-in-user-data",
    declare: (name) =>
      void new Instance(`${name}-machine`, {
        userDataBase64: base64(`#!/bin/sh\nexport DB_PASSWORD='${made("script")}'\n`),
      }),
  },
  "start-script-generated": {
    rule: "no-plaintext-credential-in-user-data",
    declare: (name) => {
      const metadataStartupScript = pulumi.unsecret(
        pulumi.interpolate`echo ${generated(name)} > /etc/app`,
      );
      new Machine(`${name}-machine`, {
        machineType: "e2-small",
        bootDisk: {},
        networkInterfaces: [],
        metadataStartupScript,
      });
    },
  },
  "command-text": {
    rule: "no-plaintext-credential-in-user-data",
    declare: (name) =>
      void new Command(`${name}-command`, {
        create: `psql ${address(made("command"))} -c 'select 1'`,
      }),
  },
  "parameter-unsealed": {
    rule: "no-plaintext-credential-in-environment",
    declare: (name) =>
      void new Parameter(`${name}-parameter`, {
        name: "/app/db-password",
        type: "String",
        value: made("parameter"),
      }),
  },
};
