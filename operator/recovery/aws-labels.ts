import type { Cloud } from "./cloud";
import { findInAws } from "../aws-call";
import { nameOf, unlearned } from "./settling";
import type { KnownResource } from "./state";

const VERSION = "aws:secretsmanager/secretVersion:SecretVersion";
/** It is never taken off, only moved, and the provider does not try. */
const CURRENT = "AWSCURRENT";

/**
 * Those among the versions of AWS Secrets Manager of which the state has a label that is off by now: an update took it off and never heard
 * the answer. The provider, ours like the official one, tries to take it off again and fails for good (`InvalidParameterException`) until a
 * refresh has told the state. Other resources are left out, and so is a version whose secret is gone, which the provider takes calmly.
 *
 * @throws RekeyError naming the secret where AWS does not say.
 */
export async function unlabelled(
  resources: readonly KnownResource[],
  cloud: Cloud,
): Promise<KnownResource[]> {
  const labelled = resources.filter(
    (resource) => resource.type === VERSION && recorded(resource).length > 0,
  );
  if (labelled.length === 0) return [];
  const { DescribeSecretCommand } =
    require("@aws-sdk/client-secrets-manager") as typeof import("@aws-sdk/client-secrets-manager");
  const found: KnownResource[] = [];
  for (const resource of labelled) {
    const [secret = "", version = ""] = (resource.id ?? "").split("|");
    const live = await findInAws(`AWS: DescribeSecret on ${secret}`, () =>
      cloud.secretsManager().send(new DescribeSecretCommand({ SecretId: secret })),
    ).catch((error: Error) => {
      throw unlearned(`the retirement of ${nameOf(resource)} was interrupted`, error);
    });
    const on = live?.VersionIdsToStages?.[version] ?? [];
    if (live && recorded(resource).some((label) => !on.includes(label))) found.push(resource);
  }
  return found;
}

function recorded({ outputs }: KnownResource): string[] {
  const labels = outputs["versionStages"];
  if (!Array.isArray(labels)) return [];
  return labels.filter((label): label is string => typeof label === "string" && label !== CURRENT);
}
