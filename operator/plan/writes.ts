import type { StoreWrites } from "./document";
import type { Changing } from "./order";

/** What a store of a kind takes, and how many writes a generation costs there. */
interface Quota {
  /** In words, with the place that it counts for. */
  readonly words: string;
  /** Writes in a second. */
  readonly perSecond: number;
  /** Writes that one window takes at once before a client is held back. */
  readonly burst: number;
  readonly issue: number;
  readonly activate: number;
  readonly end: number;
}

/**
 * The stores' documented limits. AWS Secrets Manager: PutSecretValue, UpdateSecret and UpdateSecretVersionStage share 50 a second in a
 * region. Google Secret Manager: 600 write requests a minute for a project, and 2 new versions a second for a secret, which one
 * generation an update never reaches. A version is added, labels tell the active one, a retired one is disabled.
 */
const QUOTAS: Readonly<Record<string, Quota>> = {
  "aws-secrets-manager": {
    words: "50 a second for an account and region",
    perSecond: 50,
    burst: 50,
    issue: 1,
    activate: 1,
    end: 1,
  },
  "google-secret-manager": {
    words: "600 a minute for a project, 2 versions a second for a secret",
    perSecond: 10,
    burst: 600,
    issue: 1,
    activate: 1,
    end: 1,
  },
};

/** A store without a quota takes one write for each kind of change. */
const UNLIMITED = { issue: 1, activate: 1, end: 1 };

/** The writes of an update, by kind of store, and the least time that they take by the quota. */
export function writesOf(changing: readonly Changing[]): StoreWrites[] {
  const counted = new Map<string, number>();
  for (const { secret, effects } of changing)
    for (const store of secret.stores) {
      const kind = store.slice(0, store.indexOf(":"));
      const { issue, activate, end } = QUOTAS[kind] ?? UNLIMITED;
      const writes =
        effects.issued.length * issue + (effects.moves ? activate : 0) + effects.ended.length * end;
      counted.set(kind, (counted.get(kind) ?? 0) + writes);
    }
  return [...counted].map(([store, writes]) => {
    const quota = QUOTAS[store];
    const over = quota === undefined ? 0 : Math.max(0, writes - quota.burst);
    return {
      store,
      writes,
      quota: quota?.words ?? null,
      seconds: quota === undefined ? 0 : Math.ceil(over / quota.perSecond),
    };
  });
}
