import type { input as gcp } from "@pulumi/gcp/types";
import { ConfigurationError } from "../errors";

/** Where Google keeps a value, and under which keys of one's own. */
export interface GoogleReplicationArgs {
  /** Regions to keep the value in; the service chooses unless set. */
  readonly regions?: readonly string[] | undefined;
  /**
   * A customer-managed key (`projects/…/locations/<region>/keyRings/…/cryptoKeys/…`) where the value is in one region, and in that
   * region; or in the location `global` where the service chooses the regions.
   */
  readonly kmsKey?: string | undefined;
  /** A customer-managed key for each of several regions, by region: Google takes no key of another location than the replica's. */
  readonly kmsKeys?: Readonly<Record<string, string>> | undefined;
}

/** What is wrong with a choice of keys, and what is allowed. */
export interface ReplicationProblem {
  /** The argument at fault. */
  readonly path: string;
  readonly problem: string;
  readonly allowed: string;
}

const KEY = /^projects\/[^/]+\/locations\/([^/]+)\/keyRings\/[^/]+\/cryptoKeys\/[^/]+$/;

/** Holds regions and keys against each other, as Google would only when the entry is made. */
export function replicationProblem({
  regions = [],
  kmsKey,
  kmsKeys,
}: GoogleReplicationArgs): ReplicationProblem | undefined {
  const byRegion = "one key for each region, in that region";
  if (kmsKey !== undefined && kmsKeys !== undefined)
    return { path: "kmsKey", problem: "is set beside kmsKeys", allowed: "one of the two" };
  if (kmsKey !== undefined && regions.length > 1)
    return {
      path: "kmsKey",
      problem: `is one key for ${regions.length} regions, and a key serves its own location only`,
      allowed: `kmsKeys in its place: ${byRegion} (${regions.join(", ")})`,
    };
  if (kmsKey !== undefined) return misplaced("kmsKey", kmsKey, regions[0] ?? "global");
  if (kmsKeys === undefined) return undefined;
  const named = Object.keys(kmsKeys);
  if (regions.length === 0 || named.sort().join() !== [...regions].sort().join())
    return {
      path: "kmsKeys",
      problem: "does not name exactly the regions that the value is kept in",
      allowed: `${byRegion} (${regions.join(", ") || "no region is chosen: take kmsKey"})`,
    };
  const found = Object.entries(kmsKeys).map(([region, key]) =>
    misplaced(`kmsKeys.${region}`, key, region),
  );
  return found.find((problem) => problem !== undefined);
}

function misplaced(path: string, key: string, location: string): ReplicationProblem | undefined {
  if (KEY.exec(key)?.[1] === location) return undefined;
  return {
    path,
    problem: `names no key in the location ${location}, where the value is kept`,
    allowed: `projects/<project>/locations/${location}/keyRings/<ring>/cryptoKeys/<key>`,
  };
}

/**
 * The replication of an entry, as the provider takes it.
 *
 * @throws ConfigurationError for keys that do not serve the regions.
 */
export function replicationOf(args: GoogleReplicationArgs): gcp.secretmanager.SecretReplication {
  const wrong = replicationProblem(args);
  if (wrong)
    throw new ConfigurationError({ ...wrong, fix: "correct the arguments of GoogleSecretManager" });
  const { regions = [], kmsKey, kmsKeys } = args;
  const under = (key: string | undefined) =>
    key === undefined ? {} : { customerManagedEncryption: { kmsKeyName: key } };
  if (regions.length === 0) return { auto: under(kmsKey) };
  const replicas = regions.map((location) => ({
    location,
    ...under(kmsKeys?.[location] ?? kmsKey),
  }));
  return { userManaged: { replicas } };
}
