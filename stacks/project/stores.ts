import * as pulumi from "@pulumi/pulumi";
import { AwsSecretReader } from "../../components/access/aws-secret-reader";
import { VaultAppRole } from "../../components/access/vault-app-role";
import { VaultKubernetesRole } from "../../components/access/vault-kubernetes-role";
import { RotationFunction } from "../../components/consumers/rotation-function";
import { AwsSecretsManager } from "../../components/stores/aws-secrets-manager";
import { VaultKv } from "../../components/stores/vault-kv";
import { rotationArchive } from "../../functions/rotation/archive";
import { VaultSharedPath } from "../../components/stores/vault-shared-path";
import { Configuration, recordOf } from "../configuration";
import { entryOf } from "./inventory";
import { ProjectSecrets } from "./secrets";
import { PROJECT, ProjectSettings, WORKLOADS } from "./settings";
import { beforeWrites, checkVaultSettings, noRootToken } from "./vault-guard";
import { READS } from "./workloads";

/** What every backend is told of the secrets. */
export interface BackendArgs {
  readonly configuration: Configuration;
  readonly settings: ProjectSettings;
  readonly secrets: ProjectSecrets;
  /** The database's users and the workloads: a store publishes a value only when everybody who takes it has it. */
  readonly after: readonly pulumi.Resource[];
  readonly beforeRetirement: pulumi.ResourceHook;
}

/**
 * Keeps every secret in the backends that the stack names, and lets each workload's own identity read exactly what it uses. Returns the
 * generation in use of each secret that a rotation function rotates, by name: the store tells it, and no record does.
 */
export function projectBackends(args: BackendArgs): Record<string, pulumi.Output<number>> {
  const { backends } = args.settings;
  if (backends.includes("env"))
    void pulumi.log.warn(
      `${PROJECT}.backends names env: the values reach the workloads as environment variables, and that alone keeps no history and no audit log. Meant for local work; prod refuses it`,
    );
  const byFunction = backends.includes("aws") ? keepInAws(args) : {};
  if (backends.includes("vault")) keepInVault(args);
  return byFunction;
}

function keepInAws({ configuration, settings, secrets, after, beforeRetirement }: BackendArgs) {
  const {
    prefix,
    region,
    kmsKeyArn,
    recoveryWindowInDays,
    replicas,
    resourcePolicy,
    roles,
    rotatedByFunction,
  } = settings.aws;
  const stores = new Map(
    Object.entries(secrets.generations).map(([name, generations]) => [
      name,
      new AwsSecretsManager(
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
      ),
    ]),
  );
  rotator(settings, stores);
  for (const [workload, role] of Object.entries(roles)) {
    if (role === undefined) continue;
    const read = READS[workload as keyof typeof roles].map(
      (name): [string, pulumi.Output<string>] => [
        entryOf(name),
        (stores.get(name) as AwsSecretsManager).arn,
      ],
    );
    new AwsSecretReader(`project-aws-${workload}-reads`, {
      role,
      policyName: `project-${workload}-reads`,
      secrets: Object.fromEntries(read),
      region,
      ...(kmsKeyArn === undefined ? {} : { kmsKeyArn }),
    });
  }
  return Object.fromEntries(
    rotatedByFunction.map((name) => [name, (stores.get(name) as AwsSecretsManager).generation]),
  );
}

/** The function that rotates what the stack's settings hand to it, on Secrets Manager's own schedule. */
function rotator({ aws }: ProjectSettings, stores: ReadonlyMap<string, AwsSecretsManager>): void {
  const { region, accountId, kmsKeyArn, rotatedByFunction, acceptedAt, functionNetwork } = aws;
  if (rotatedByFunction.length === 0 || accountId === undefined) return;
  const arns = rotatedByFunction.map((name): [string, pulumi.Output<string>] => [
    entryOf(name),
    (stores.get(name) as AwsSecretsManager).arn,
  ]);
  const accepted = rotatedByFunction.flatMap((name) => {
    const where = acceptedAt[name];
    return where === undefined ? [] : [[entryOf(name), where] as const];
  });
  new RotationFunction("project-aws-rotation", {
    functionName: "project-rotate-tokens",
    ...{ region, accountId, kind: "token", secrets: Object.fromEntries(arns) },
    code: rotationArchive(),
    ...(accepted.length === 0 ? {} : { acceptedAt: Object.fromEntries(accepted) }),
    ...(kmsKeyArn === undefined ? {} : { kmsKeyArn }),
    ...(functionNetwork === undefined ? {} : { network: functionNetwork }),
  });
}

function replicaOf({ region, kmsKeyId }: { region: string; kmsKeyId?: string | undefined }) {
  return { region, ...(kmsKeyId === undefined ? {} : { kmsKeyId }) };
}

function keepInVault({ configuration, settings, secrets, after, beforeRetirement }: BackendArgs) {
  checkVaultSettings(configuration.environment);
  const { mount, prefix, sharedPath, roles } = settings.vault;
  const opts = {
    dependsOn: [...after],
    transformations: [beforeWrites(noRootToken("project-vault-token"))],
  };
  const pathOf = (name: string) => `${prefix}/${entryOf(name)}`;
  for (const [name, generations] of Object.entries(secrets.generations))
    new VaultKv(
      `project-vault-${entryOf(name)}`,
      {
        mount,
        path: pathOf(name),
        generations,
        ...rotatedAt(configuration, name),
        beforeRetirement,
      },
      opts,
    );
  if (sharedPath !== undefined) {
    const shared = { mount, path: sharedPath, secrets: secrets.generations };
    new VaultSharedPath("project-vault-shared", shared, opts);
  }
  if (roles === "none") return;
  const pods: readonly string[] = WORKLOADS;
  for (const [workload, names] of Object.entries(READS)) {
    // The jobs' pods carry no token: those that ask Vault do so from outside the cluster.
    if (roles === "kubernetes" && !pods.includes(workload)) continue;
    const reads = names.map((name) => ({ mount, path: pathOf(name) }));
    const role = { roleName: `project-${workload}`, reads };
    const name = `project-vault-${workload}-reads`;
    if (roles === "approle") new VaultAppRole(name, role);
    else
      new VaultKubernetesRole(name, {
        ...role,
        serviceAccount: workload,
        namespace: settings.kubernetes.namespace,
      });
  }
}

/** When the active generation became active, as the record says. */
function rotatedAt({ records }: Configuration, name: string): { rotatedAt?: string } {
  const { at } = recordOf(records, name);
  return at === undefined ? {} : { rotatedAt: at };
}
