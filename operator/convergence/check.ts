import type { ConfigMap } from "@pulumi/pulumi/automation";
import type { SecretDeclaration } from "../../components/inventory";
import { type RotationRecord, AT_REST, liveGenerations } from "../../components/rotation";
import { scrub } from "../errors";
import type { KnownState } from "../recovery/state";
import { awsSecretsManagerStore } from "./aws-secrets-manager";
import { type Answered, compared } from "./compare";
import { Fingerprints } from "./fingerprint";
import { googleSecretManagerStore } from "./google-secret-manager";
import { kubernetesSecretStore } from "./kubernetes-secret";
import { type Place, placesOf } from "./match";
import type { AskedStore, Reading, Store, StoreReader } from "./store";
import { vaultKvStore } from "./vault-kv";
import { type Judgement, activeIn, judge } from "./verdict";

/** Every store that can be asked. */
export const STORES: readonly Store[] = [
  googleSecretManagerStore,
  awsSecretsManagerStore,
  vaultKvStore,
  kubernetesSecretStore,
];

/** Entries that are read at the same time: a write budget is not touched, a read quota hardly. */
const AT_ONCE = 8;

/** What is compared, and with what. */
export interface Convergence {
  readonly secrets: readonly SecretDeclaration[];
  readonly records: ReadonlyMap<string, RotationRecord>;
  readonly state: KnownState;
  /** The stack's settings, decrypted: they lead to its stores. */
  readonly config: ConfigMap;
  /** Versions of a secret that the settings name, by the secret's name. */
  readonly taken: ReadonlyMap<string, ReadonlySet<string>>;
  /** True to show entries that no secret claims, too. */
  readonly all: boolean;
}

/** Reads every store's entries and compares them with the record and with each other. What cannot be asked is said to be so. */
export async function checkConvergence(
  { secrets, records, state, config, taken, all }: Convergence,
  stores: readonly Store[] = STORES,
): Promise<Answered[]> {
  const entries = stores.flatMap((store) => store.entries(state.resources));
  const readers = new Readers(stores, config);
  const fingerprints = new Fingerprints();
  const interrupted = state.pending.length > 0;
  const ask = async (place: Place): Promise<Answered> => {
    const record = place.secret && (records.get(place.secret.name) ?? AT_REST);
    const known = taken.get(place.secret?.name ?? "") ?? new Set();
    return answer(place, record, { readers, fingerprints, interrupted, taken: known });
  };
  try {
    return compared(await inTurns(placesOf(secrets, entries, all), AT_ONCE, ask));
  } finally {
    readers.close();
  }
}

interface Means {
  readonly readers: Readers;
  readonly fingerprints: Fingerprints;
  readonly interrupted: boolean;
  readonly taken: ReadonlySet<string>;
}

async function answer(
  place: Place,
  record: RotationRecord | undefined,
  { readers, fingerprints, interrupted, taken }: Means,
): Promise<Answered> {
  const { secret, store, entry, notAsked } = place;
  const active = record && liveGenerations(record).find(({ state }) => state === "active");
  const start = {
    secret: secret?.name ?? null,
    store,
    recordGeneration:
      entry?.byFunction || secret?.rotatedByFunction ? null : (active?.generation ?? null),
    ...(entry?.syncedFor && { synced: true }),
  };
  const without = (judgement: Judgement) => ({
    ...start,
    generation: null,
    versions: [],
    judgement,
  });
  if (notAsked !== undefined) return without({ verdict: "not asked", reason: notAsked });
  if (entry === undefined)
    return without({
      verdict: "missing",
      reason: "declared, and the stack's state has no such entry",
      fix: "`rekey up`",
    });
  let reader: StoreReader;
  let reading: Reading | undefined;
  try {
    reader = readers.of(entry.kind);
    reading = await reader.read(entry);
  } catch (error) {
    return without({
      verdict: "unreachable",
      reason: `unknown: ${scrub((error as Error).message)}`,
      fix: "see that the store answers and that your own credentials may read it, then ask again",
    });
  }
  const undo = reader.undo.bind(reader, entry);
  const judgement = judge(entry, reading, { record, taken, interrupted, undo });
  return {
    ...start,
    generation: (reading && activeIn(entry, reading)) ?? null,
    versions: (reading?.versions ?? []).map(({ versionId, generation, value, current }) => ({
      version: versionId,
      generation: generation ?? null,
      fingerprint: value === undefined ? null : fingerprints.of(value),
      current: current === true,
    })),
    judgement,
  };
}

/** One reader a store, made when it is first needed. */
class Readers {
  readonly #made = new Map<AskedStore, StoreReader>();

  constructor(
    private readonly stores: readonly Store[],
    private readonly config: ConfigMap,
  ) {}

  of(kind: AskedStore): StoreReader {
    const made = this.#made.get(kind);
    if (made) return made;
    const store = this.stores.find((one) => one.kind === kind);
    if (store === undefined) throw new Error(`no way to ask ${kind} is known`);
    const reader = store.reader(this.config);
    this.#made.set(kind, reader);
    return reader;
  }

  close(): void {
    for (const reader of this.#made.values()) reader.close();
  }
}

async function inTurns<One, Result>(
  all: readonly One[],
  most: number,
  work: (one: One) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  let next = 0;
  const worker = async () => {
    for (let at = next++; at < all.length; at = next++) results[at] = await work(all[at] as One);
  };
  await Promise.all(Array.from({ length: Math.min(most, all.length) }, worker));
  return results;
}
