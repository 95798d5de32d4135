import { ConfigurationError } from "../../components/errors";
import { EXTERNAL } from "../../components/external";
import type { ProjectSecrets } from "./secrets";
import { PROJECT, ProjectSettings } from "./settings";

/**
 * A value that only AWS has can be kept nowhere else: no object of the cluster can be made of it, and no path of Vault be written with it.
 *
 * @throws ConfigurationError for a reference in `rekey:external` that these settings cannot work with.
 */
export function requireValues(
  { generations }: ProjectSecrets,
  { backends, aws: { syncedByCluster } }: ProjectSettings,
): void {
  const synced: readonly string[] = syncedByCluster;
  for (const [name, all] of Object.entries(generations)) {
    const found = all.find(({ storeVersion }) => storeVersion !== undefined);
    if (found === undefined) continue;
    if (synced.includes(name) && !backends.includes("vault")) continue;
    const inVault = backends.includes("vault");
    throw new ConfigurationError({
      path: `${EXTERNAL}.${name}.${found.slot}`,
      problem: `refers to a version in AWS, and ${inVault ? "Vault" : "the cluster's object"} needs the value of generation ${found.generation}`,
      allowed: `a value; or a reference where AWS alone keeps ${name} and ${PROJECT}.aws.syncedByCluster names it`,
      fix: inVault
        ? `remove vault from ${PROJECT}.backends; it can keep ${name} again once its next value was taken in (\`rekey stage ${name}\`) and this one is retired`
        : `pulumi config set --path '${PROJECT}.aws.syncedByCluster[0]' ${name}`,
    });
  }
}
