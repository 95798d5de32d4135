import { generateKeyPairSync } from "node:crypto";
import { MockResourceArgs } from "@pulumi/pulumi/runtime/mocks";

/** What the fake cloud's resources and random resources answer with, beside their inputs. */
type Answer = (name: string, inputs: Record<string, unknown>) => Record<string, unknown>;

const AWS_IAM = "arn:aws:iam::000000000000";
const awsNamed = (arn: string) => ({ id: arn, arn });

const ANSWERS: Readonly<Record<string, Answer>> = {
  "random:index/randomPassword:RandomPassword": (name, inputs) => ({
    result: canary(name, (inputs.keepers as { generation: string }).generation),
  }),
  "tls:index/privateKey:PrivateKey": (name, { algorithm }) => keyPairOf(name, String(algorithm)),
  "vault:kv/secretV2:SecretV2": () => ({ metadata: { version: "1" } }),
  "vault:appRole/authBackendRole:AuthBackendRole": (name) => ({ roleId: `${name}-role-id` }),
  "aws:secretsmanager/secret:Secret": (_name, { name }) => awsNamed(secretArn(String(name))),
  "aws:secretsmanager/secretVersion:SecretVersion": (name) => ({ versionId: `${name}-version` }),
  "aws:iam/policy:Policy": (_name, { name }) => awsNamed(`${AWS_IAM}:policy/${String(name)}`),
  "aws:iam/role:Role": (_name, { name }) => ({ arn: `${AWS_IAM}:role/${String(name)}` }),
  "aws:lambda/function:Function": (_name, { name }) => ({
    arn: `arn:aws:lambda:us-east-1:000000000000:function:${String(name)}`,
  }),
  "kubernetes:core/v1:Service": () => ({
    status: { loadBalancer: { ingress: [{ ip: "192.0.2.9" }] } },
  }),
  "gcp:secretmanager/secret:Secret": (_name, { project, secretId }) => ({
    id: `projects/${String(project)}/secrets/${String(secretId)}`,
  }),
  "gcp:secretmanager/secretVersion:SecretVersion": (name) => ({
    version: /-g(\d+)$/.exec(name)?.[1] ?? "0",
  }),
  "gcp:serviceaccount/account:Account": (_name, { accountId, project }) => ({
    email: emailOf(String(accountId), String(project)),
    name: `projects/${String(project)}/serviceAccounts/${String(accountId)}`,
  }),
  "gcp:serviceaccount/key:Key": (name) => ({ privateKey: canary(name, "key") }),
  "gcp:cloudrunv2/service:Service": (_name, { name }) => ({
    uri: `https://${String(name)}.example.com`,
    latestReadyRevision: `${String(name)}-00001`,
  }),
};

/** The ARN of a secret in AWS Secrets Manager under mocks. */
export function secretArn(name: string): string {
  return `arn:aws:secretsmanager:us-east-1:000000000000:secret:${name}-AbCdEf`;
}

const pairs = new Map<string, Readonly<Record<string, string>>>();

/** The key pair that a resource of that name and algorithm has under mocks: a real one, the same for the whole run. */
export function keyPairOf(name: string, algorithm: string): Readonly<Record<string, string>> {
  const key = `${algorithm} ${name}`;
  const known = pairs.get(key) ?? newPair(algorithm);
  pairs.set(key, known);
  return known;
}

function newPair(algorithm: string): Readonly<Record<string, string>> {
  const { privateKey, publicKey } =
    algorithm === "RSA"
      ? generateKeyPairSync("rsa", { modulusLength: 2048 })
      : generateKeyPairSync("ec", { namedCurve: "P-256" });
  const hidden = privateKey.export({ format: "pem", type: "pkcs8" }).toString();
  const publicKeyPem = publicKey.export({ format: "pem", type: "spki" }).toString();
  return { privateKeyPem: hidden, privateKeyPemPkcs8: hidden, publicKeyPem };
}

/** The value that a random resource has under mocks: easily found wherever it should not be. */
export function canary(name: string, generation: string | number): string {
  return `canary of ${name} ${generation}`;
}

/** The address of a service account under mocks. */
export function emailOf(accountId: string, project: string): string {
  return `${accountId}@${project}.example.com`;
}

/** What the mocks answer to a registration: the inputs, and what the real thing would add to them. `takenIn` stands in intake entries. */
export function answer({ type, name, inputs }: MockResourceArgs, takenIn?: string) {
  const given = inputs as Record<string, unknown>;
  const { id = `${name}-id`, ...added } = ANSWERS[type]?.(name, given) ?? {};
  const read = /-intake-g\d+$/.test(name)
    ? INTAKES[type]?.(takenIn ?? canary(name, "taken in"))
    : undefined;
  return { id: id as string, state: { ...given, ...added, ...read } };
}

/** What a provider reads where a value was taken in. */
const INTAKES: Readonly<Record<string, (value: string) => Record<string, unknown>>> = {
  "vault:kv/secretV2:SecretV2": (value) => ({ data: { value } }),
  "aws:secretsmanager/secretVersion:SecretVersion": (value) => ({ secretString: value }),
};
