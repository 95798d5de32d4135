import * as pulumi from "@pulumi/pulumi";
import { VaultAppRole } from "../../components/access/vault-app-role";
import { VaultKubernetesRole } from "../../components/access/vault-kubernetes-role";
import { VaultKv } from "../../components/stores/vault-kv";
import { VaultSharedPath } from "../../components/stores/vault-shared-path";
import { AwsArgs, FunctionTokens, keepInAws } from "./aws";
import { entryOf } from "./inventory";
import { rotatedAt } from "./rotated-at";
import { PROJECT, WORKLOADS } from "./settings";
import { beforeWrites, checkVaultSettings, noRootToken } from "./vault-guard";
import { READS } from "./workloads";

/** What every backend is told of the secrets. */
export interface BackendArgs extends AwsArgs {
  /** Those that are in AWS already. */
  readonly tokens: FunctionTokens;
  /** The database's users and the workloads: a store publishes a value only when everybody who takes it has it. */
  readonly after: readonly pulumi.Resource[];
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
  const byFunction = backends.includes("aws") ? keepInAws(args, args.tokens, args.after) : {};
  if (backends.includes("vault")) keepInVault(args);
  return byFunction;
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
