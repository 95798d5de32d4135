import { Declared, secret } from "../../test/policies/harness";
import { jsonText, within } from "./shapes";

/** A value as the engine sends it to a policy. */
export type Wire = unknown;

/** What a place is for: secrets belong to a `sink`; at an `exposed` one everyone reads them; `elsewhere` is any other property. */
export type Purpose = "sink" | "exposed" | "elsewhere";

/** Where in a program a value may stand. */
export interface Place {
  readonly place: string;
  readonly purpose: Purpose;
  /** The SDK marks the property secret whatever stands there. */
  readonly bySdk: boolean;
  /** The name under which it stands says that it is a credential. */
  readonly named: boolean;
  /** The top-level property that holds it. */
  readonly property: string;
  declare(value: Wire, harmless?: boolean): Declared;
  /** The same as TypeScript. */
  source(expression: string, harmless?: boolean): string;
  /** The same with a reference to a secret under a credential's name, where the resource takes one. */
  readonly byReference?: { readonly declared: Declared; readonly source: string };
}

/** The name of the resource with the value, in every program. */
export const SUBJECT = "subject";
const CREDENTIAL = { env: "DB_PASSWORD", key: "password" };
const HARMLESS = { env: "REVISION", key: "revision" };
const words = (harmless = false) => (harmless ? HARMLESS : CREDENTIAL);

interface Given {
  readonly type: string;
  readonly module: string;
  readonly className: string;
  readonly purpose: Purpose;
  readonly bySdk?: boolean;
  readonly named?: boolean;
  readonly property: string;
  /** What else the resource needs. */
  readonly beside?: Readonly<Record<string, unknown>>;
  /** The property's value around the value. */
  readonly around: (value: unknown, name: { env: string; key: string }) => unknown;
  /** The same as an expression. */
  readonly text: (expression: string, name: { env: string; key: string }) => string;
  /** The property's value with a reference to a secret. */
  readonly reference?: (env: string) => unknown;
}

function place(name: string, given: Given): Place {
  const { type, module, className, purpose, bySdk = false, named = true, property, beside } = given;
  const program = (held: string) =>
    [
      `import * as pulumi from "@pulumi/pulumi";`,
      `import * as ${module.replace(/\W/g, "")} from "@pulumi/${module}";`,
      "",
      `new ${module.replace(/\W/g, "")}.${className}("subject", {`,
      `  ${property}: ${held},`,
      "});",
      "",
    ].join("\n");
  const reference = given.reference?.(CREDENTIAL.env);
  return {
    place: name,
    purpose,
    bySdk,
    named,
    property,
    declare: (value, harmless) => {
      const held = given.around(value, words(harmless));
      return {
        type,
        name: SUBJECT,
        properties: { ...beside, [property]: bySdk ? secret(held) : held },
      };
    },
    source: (expression, harmless) => program(given.text(expression, words(harmless))),
    ...(reference !== undefined && {
      byReference: {
        declared: { type, name: SUBJECT, properties: { ...beside, [property]: reference } },
        source: program(JSON.stringify(reference)),
      },
    }),
  };
}

const plain = (value: unknown) => value;
const variable = (value: unknown, { env }: { env: string }) => ({ name: env, value });
const variableText = (expression: string, { env }: { env: string }) =>
  `{ name: "${env}", value: ${expression} }`;
const bare = (expression: string) => expression;

const sink = { purpose: "sink", bySdk: true } as const;
const exposed = { purpose: "exposed" } as const;

/** Every place of the benchmark. */
export const places: readonly Place[] = [
  place("Secret Manager version", {
    ...sink,
    type: "gcp:secretmanager/secretVersion:SecretVersion",
    module: "gcp",
    className: "secretmanager.SecretVersion",
    property: "secretData",
    beside: { deletionPolicy: "DISABLE" },
    around: plain,
    text: bare,
  }),
  place("Secrets Manager version", {
    ...sink,
    type: "aws:secretsmanager/secretVersion:SecretVersion",
    module: "aws",
    className: "secretsmanager.SecretVersion",
    property: "secretString",
    around: plain,
    text: bare,
  }),
  place("Vault KV entry", {
    ...sink,
    type: "vault:kv/secretV2:SecretV2",
    module: "vault",
    className: "kv.SecretV2",
    property: "dataJson",
    around: (value) => jsonText(value, (password) => ({ username: "app", password })),
    text: (expression) => `pulumi.jsonStringify({ username: "app", password: ${expression} })`,
  }),
  place("Kubernetes Secret", {
    ...sink,
    type: "kubernetes:core/v1:Secret",
    module: "kubernetes",
    className: "core.v1.Secret",
    property: "stringData",
    around: (password) => ({ username: "app", password }),
    text: (expression) => `{ username: "app", password: ${expression} }`,
  }),
  place("Cloud SQL user", {
    ...sink,
    type: "gcp:sql/user:User",
    module: "gcp",
    className: "sql.User",
    property: "password",
    around: plain,
    text: bare,
  }),
  place("PostgreSQL role", {
    ...sink,
    type: "postgresql:index/role:Role",
    module: "postgresql",
    className: "Role",
    property: "password",
    around: plain,
    text: bare,
  }),
  place("provider's password", {
    ...sink,
    type: "pulumi:providers:postgresql",
    module: "postgresql",
    className: "Provider",
    property: "password",
    around: plain,
    text: bare,
  }),
  place("credential of another provider", {
    purpose: "sink",
    type: "example:index:Agent",
    module: "example",
    className: "Agent",
    property: "settings",
    around: (adminPassword) => ({ adminPassword }),
    text: (expression) => `{ adminPassword: ${expression} }`,
  }),
  place("Cloud Run environment", {
    ...exposed,
    type: "gcp:cloudrunv2/service:Service",
    module: "gcp",
    className: "cloudrunv2.Service",
    property: "template",
    around: (value, name) => ({ containers: [{ image: "app", envs: [variable(value, name)] }] }),
    text: (expression, name) =>
      `{ containers: [{ image: "app", envs: [${variableText(expression, name)}] }] }`,
    reference: (name) => {
      const valueSource = { secretKeyRef: { secret: "db-password", version: "4" } };
      return { containers: [{ image: "app", envs: [{ name, valueSource }] }] };
    },
  }),
  place("Lambda environment", {
    ...exposed,
    type: "aws:lambda/function:Function",
    module: "aws",
    className: "lambda.Function",
    property: "environment",
    around: (value, { env }) => ({ variables: { [env]: value } }),
    text: (expression, { env }) => `{ variables: { ${env}: ${expression} } }`,
  }),
  place("ECS container definition", {
    ...exposed,
    type: "aws:ecs/taskDefinition:TaskDefinition",
    module: "aws",
    className: "ecs.TaskDefinition",
    property: "containerDefinitions",
    around: (value, name) =>
      jsonText(value, (part) => [{ name: "app", environment: [variable(part, name)] }]),
    text: (expression, name) =>
      `pulumi.jsonStringify([{ name: "app", environment: [${variableText(expression, name)}] }])`,
    reference: (name) => {
      const valueFrom = "arn:aws:secretsmanager:eu-west-1:000000000000:secret:app/db-a1B2c3";
      return JSON.stringify([{ name: "app", secrets: [{ name, valueFrom }] }]);
    },
  }),
  place("Kubernetes environment", {
    ...exposed,
    type: "kubernetes:apps/v1:Deployment",
    module: "kubernetes",
    className: "apps.v1.Deployment",
    property: "spec",
    around: (value, name) => ({
      template: { spec: { containers: [{ name: "app", env: [variable(value, name)] }] } },
    }),
    text: (expression, name) =>
      `{ template: { spec: { containers: [{ name: "app", env: [${variableText(expression, name)}] }] } } }`,
    reference: (name) => {
      const valueFrom = { secretKeyRef: { name: "app", key: "db-password" } };
      return { template: { spec: { containers: [{ name: "app", env: [{ name, valueFrom }] }] } } };
    },
  }),
  place("Cloud Functions environment", {
    ...exposed,
    type: "gcp:cloudfunctionsv2/function:Function",
    module: "gcp",
    className: "cloudfunctionsv2.Function",
    property: "serviceConfig",
    around: (value, { env }) => ({ environmentVariables: { [env]: value } }),
    text: (expression, { env }) => `{ environmentVariables: { ${env}: ${expression} } }`,
    reference: (key) => ({
      secretEnvironmentVariables: [
        { key, projectId: "example-project", secret: "db-password", version: "4" },
      ],
    }),
  }),
  place("ConfigMap", {
    ...exposed,
    type: "kubernetes:core/v1:ConfigMap",
    module: "kubernetes",
    className: "core.v1.ConfigMap",
    property: "data",
    around: (value, { key }) => ({ [key]: value }),
    text: (expression, { key }) => `{ ${key}: ${expression} }`,
  }),
  place("user data", {
    ...exposed,
    type: "aws:ec2/instance:Instance",
    module: "aws",
    className: "ec2.Instance",
    property: "userData",
    around: (value, { env }) =>
      within(
        value,
        (text) =>
          `#!/bin/sh\nexport ${env}="${text.replaceAll("\n", "\\n").replaceAll('"', '\\"')}"\n`,
      ),
    text: (expression, { env }) =>
      `pulumi.interpolate\`#!/bin/sh\\nexport ${env}="\${${expression}}"\\n\``,
  }),
  place("tag", {
    ...exposed,
    type: "aws:s3/bucket:Bucket",
    module: "aws",
    className: "s3.Bucket",
    property: "tags",
    around: (value, { key }) => ({ [key]: value }),
    text: (expression, { key }) => `{ ${key}: ${expression} }`,
  }),
  place("annotation", {
    ...exposed,
    type: "kubernetes:core/v1:Service",
    module: "kubernetes",
    className: "core.v1.Service",
    property: "metadata",
    around: (value, { key }) => ({ annotations: { [key]: value } }),
    text: (expression, { key }) => `{ annotations: { ${key}: ${expression} } }`,
  }),
  place("name", {
    ...exposed,
    named: false,
    type: "gcp:storage/bucket:Bucket",
    module: "gcp",
    className: "storage.Bucket",
    property: "name",
    around: plain,
    text: bare,
  }),
  place("any other property", {
    purpose: "elsewhere",
    named: false,
    type: "example:index:Page",
    module: "example",
    className: "Page",
    property: "content",
    around: plain,
    text: bare,
  }),
  output(),
];

/** A stack's output is no resource of its own. */
function output(): Place {
  return {
    place: "stack output",
    purpose: "exposed",
    bySdk: false,
    named: true,
    property: "password",
    declare: (value, harmless) => ({
      type: "pulumi:pulumi:Stack",
      name: "example-project-dev",
      managed: false,
      properties: { [words(harmless).key]: value },
      inputs: {},
    }),
    source: (expression, harmless) =>
      `import * as pulumi from "@pulumi/pulumi";\n\nexport const ${words(harmless).key} = ${expression};\n`,
  };
}
