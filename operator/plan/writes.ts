import type { SecretDeclaration } from "../../components/inventory";
import { kindOf } from "../../stacks/places";
import type { StoreWrites } from "./document";
import { Effects, reachesConsumers } from "./effects";
import type { Changing } from "./order";

/** What a kind of store takes. */
interface Quota {
  /** In words, with the place that it counts for. */
  readonly words: string;
  /** Writes in a second. */
  readonly perSecond: number;
  /** Writes that one window takes at once before a client is held back. */
  readonly burst: number;
}

/**
 * The stores' documented limits. AWS Secrets Manager: PutSecretValue, UpdateSecret and UpdateSecretVersionStage share 50 a second in a
 * region. Google Secret Manager: 600 write requests a minute for a project, and 2 new versions a second for a secret, which one
 * generation an update never reaches.
 */
const QUOTAS: Readonly<Record<string, Quota>> = {
  "aws-secrets-manager": {
    words: "50 a second for an account and region",
    perSecond: 50,
    burst: 50,
  },
  "google-secret-manager": {
    words: "600 a minute for a project, 2 versions a second for a secret",
    perSecond: 10,
    burst: 600,
  },
};

/** The writes that an update costs for a secret in one entry of a store. */
type Cost = (secret: SecretDeclaration, effects: Effects) => number;

/** A version is made, another write says which one is in use, and a third ends an old one: each move is a write of its own. */
const byVersion: Cost = (_, { isNew, issued, moves, ended }) =>
  issued.length + (moves || isNew ? 1 : 0) + ended.length;

/** One write holds everything that an update changes. */
const atOnce: Cost = (_, { issued, moves, ended }) =>
  moves || issued.length + ended.length > 0 ? 1 : 0;

/**
 * Writes by kind of store, as the rehearsal counts them. In Kubernetes a generation is an object that is made and deleted, and an activation
 * only changes the workload; of a keyring every list of keys is an object, and each change makes one.
 */
const COSTS: Readonly<Record<string, Cost>> = {
  "aws-secrets-manager": byVersion,
  "google-secret-manager": byVersion,
  "vault-kv": atOnce,
  "kubernetes-secret": (secret, effects) =>
    secret.class === "keyring"
      ? atOnce(secret, effects)
      : effects.issued.length + effects.ended.length,
  "env-file": (secret, effects) => (reachesConsumers(secret, effects) ? 1 : 0),
};

/** How often an update writes a secret to one of its stores. */
export function writesTo(store: string, { secret, effects }: Changing): number {
  return (COSTS[kindOf(store)] ?? byVersion)(secret, effects);
}

/** Where a system's store of a kind is, as far as its quota is concerned; undefined where that is not known. */
export type PlaceOf = (system: string, kind: string) => string | undefined;

/** The writes of an update, by kind and place of store, and the least time that they take by the quota. An env file is written once for all. */
export function writesOf(
  changing: readonly Changing[],
  placeOf: PlaceOf = () => undefined,
): StoreWrites[] {
  const counted = new Map<string, number>();
  for (const one of changing)
    for (const store of one.secret.stores) {
      const kind = kindOf(store);
      const writes = writesTo(store, one);
      const file = kind === "env-file";
      const place = file ? store.slice(kind.length + 1) : placeOf(one.secret.system, kind);
      const key = place === undefined ? kind : `${kind}:${place}`;
      const before = counted.get(key) ?? 0;
      if (writes > 0) counted.set(key, file ? 1 : before + writes);
    }
  return [...counted].map(([store, writes]) => {
    const quota = QUOTAS[store.split(":")[0] ?? store];
    const over = quota === undefined ? 0 : Math.max(0, writes - quota.burst);
    return {
      store,
      writes,
      quota: quota?.words ?? null,
      seconds: quota === undefined ? 0 : Math.ceil(over / quota.perSecond),
    };
  });
}
