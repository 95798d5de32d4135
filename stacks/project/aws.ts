import * as pulumi from "@pulumi/pulumi";
import { AwsSecretReader } from "../../components/access/aws-secret-reader";
import { RotationFunction } from "../../components/consumers/rotation-function";
import { AwsSecretsManager } from "../../components/stores/aws-secrets-manager";
import { rotationArchive } from "../../functions/rotation/archive";
import { Configuration } from "../configuration";
import { entryOf } from "./inventory";
import { rotatedAt } from "./rotated-at";
import { Generations, ProjectSecrets } from "./secrets";
import { ProjectSettings } from "./settings";
import { READS } from "./workloads";

/** What AWS Secrets Manager is told of the secrets. */
export interface AwsArgs {
  readonly configuration: Configuration;
  readonly settings: ProjectSettings;
  readonly secrets: ProjectSecrets;
  readonly beforeRetirement: pulumi.ResourceHook;
}

/** The entries of the secrets, by name. */
type Entries = ReadonlyMap<string, AwsSecretsManager>;

/** The tokens that a rotation function rotates. */
export interface FunctionTokens {
  readonly entries: Entries;
  /** What there must be before the cluster can bring them to a workload. */
  readonly ready: readonly pulumi.Resource[];
}

/**
 * The entries of the tokens that a rotation function rotates, and the right of each workload's role to read its own. They wait for nothing: the
 * workloads wait for them, whose pods start only with what the cluster's own sync reads there.
 */
export function functionTokens(args: AwsArgs): FunctionTokens {
  const { rotatedByFunction, roles } = args.settings.aws;
  const entries = new Map(
    rotatedByFunction.map((name) => [name, entryIn(args, name, args.secrets.generations[name])]),
  );
  const readers = Object.entries(roles).flatMap(([workload, role]) => {
    const read = READS[workload as keyof typeof roles].filter((name) => entries.has(name));
    if (role === undefined || read.length === 0) return [];
    const suffix = "-tokens";
    return [readerOf(args, entries, { workload, role, read, suffix })];
  });
  return { entries, ready: [...entries.values(), ...readers] };
}

/**
 * Keeps every other secret in AWS once `after` has it, lets each workload's role read exactly what it uses, and has the function rotate its
 * tokens. Returns the generation in use of each of those, by name.
 */
export function keepInAws(
  args: AwsArgs,
  tokens: FunctionTokens,
  after: readonly pulumi.Resource[],
): Record<string, pulumi.Output<number>> {
  const { settings, secrets } = args;
  const { roles, rotatedByFunction } = settings.aws;
  const entries = new Map(
    Object.entries(secrets.generations).map(([name, generations]) => [
      name,
      tokens.entries.get(name) ?? entryIn(args, name, generations, after),
    ]),
  );
  rotator(settings, tokens.entries);
  for (const [workload, role] of Object.entries(roles))
    if (role !== undefined) {
      const read = READS[workload as keyof typeof roles];
      readerOf(args, entries, { workload, role, read, suffix: "" });
    }
  return Object.fromEntries(
    rotatedByFunction.map((name) => [name, found(tokens.entries, name).generation]),
  );
}

function entryIn(
  { configuration, settings, beforeRetirement }: AwsArgs,
  name: string,
  generations: Generations = [],
  after: readonly pulumi.Resource[] = [],
): AwsSecretsManager {
  const { prefix, kmsKeyArn, recoveryWindowInDays, replicas, resourcePolicy, rotatedByFunction } =
    settings.aws;
  return new AwsSecretsManager(
    `project-aws-${entryOf(name)}`,
    {
      secretName: `${prefix}/${entryOf(name)}`,
      secret: name,
      generations,
      ...rotatedAt(configuration, name),
      ...(kmsKeyArn === undefined ? {} : { kmsKeyId: kmsKeyArn }),
      ...(recoveryWindowInDays === undefined ? {} : { recoveryWindowInDays }),
      ...(rotatedByFunction.includes(name) ? { rotatedBy: "function" as const } : {}),
      ...(replicas === undefined ? {} : { replicas: replicas.map(replicaOf) }),
      ...(resourcePolicy === undefined ? {} : { resourcePolicy }),
      beforeRetirement,
    },
    { dependsOn: [...after] },
  );
}

interface Reader {
  readonly workload: string;
  readonly role: string;
  readonly read: readonly string[];
  readonly suffix: string;
}

function readerOf(
  { settings }: AwsArgs,
  entries: Entries,
  { workload, role, read, suffix }: Reader,
): AwsSecretReader {
  const { region, kmsKeyArn } = settings.aws;
  return new AwsSecretReader(`project-aws-${workload}-reads${suffix}`, {
    role,
    policyName: `project-${workload}-reads${suffix}`,
    secrets: arnsOf(entries, read),
    region,
    ...(kmsKeyArn === undefined ? {} : { kmsKeyArn }),
  });
}

/** The function that rotates what the stack's settings hand to it, on Secrets Manager's own schedule. */
function rotator({ aws }: ProjectSettings, entries: Entries): void {
  const { region, accountId, kmsKeyArn, rotatedByFunction, acceptedAt, functionNetwork } = aws;
  if (rotatedByFunction.length === 0 || accountId === undefined) return;
  const accepted = rotatedByFunction.flatMap((name) => {
    const where = acceptedAt[name];
    return where === undefined ? [] : [[entryOf(name), where] as const];
  });
  new RotationFunction("project-aws-rotation", {
    functionName: "project-rotate-tokens",
    ...{ region, accountId, kind: "token", secrets: arnsOf(entries, rotatedByFunction) },
    code: rotationArchive(),
    ...(accepted.length === 0 ? {} : { acceptedAt: Object.fromEntries(accepted) }),
    ...(kmsKeyArn === undefined ? {} : { kmsKeyArn }),
    ...(functionNetwork === undefined ? {} : { network: functionNetwork }),
  });
}

function arnsOf(entries: Entries, names: readonly string[]): Record<string, pulumi.Output<string>> {
  return Object.fromEntries(names.map((name) => [entryOf(name), found(entries, name).arn]));
}

function found(entries: Entries, name: string): AwsSecretsManager {
  const entry = entries.get(name);
  if (!entry) throw new Error(`${name} has no entry in AWS`);
  return entry;
}

function replicaOf({ region, kmsKeyId }: { region: string; kmsKeyId?: string | undefined }) {
  return { region, ...(kmsKeyId === undefined ? {} : { kmsKeyId }) };
}
