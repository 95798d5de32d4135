import type { SecretDeclaration } from "../../components/inventory";
import { ASKED_STORES, type AskedStore, type StoreEntry } from "./store";

/** A secret's place in a store: as declared, as found in the state, or both. */
export interface Place {
  readonly secret: SecretDeclaration | undefined;
  /** `<store>:<entry>`, as declared where it is. */
  readonly store: string;
  /** Absent where the state has none. */
  readonly entry?: StoreEntry;
  /** Why it is not asked. */
  readonly notAsked?: string;
}

const UNASKED: Readonly<Record<string, string>> = {
  "env-file": "an env file is written by each update and read on its machine only",
  "compose-host": "an env file is written by each update and read on its machine only",
};

/**
 * The places of each secret: those that the state has, found by the entry that the declaration names or else by the secret's own name in it
 * (a stack may put its entries under another path), and those that are declared and not in the state. A declared store of a kind that the stack has nothing in is a backend that it did not
 * choose. With `all`, entries that no secret claims come last.
 */
export function placesOf(
  secrets: readonly SecretDeclaration[],
  entries: readonly StoreEntry[],
  all: boolean,
): Place[] {
  const claimed = new Set<StoreEntry>();
  const claim = (entry: StoreEntry | undefined) => {
    if (entry !== undefined) claimed.add(entry);
    return entry;
  };
  const places = secrets.flatMap((secret) => {
    const isElsewhere = (entry: StoreEntry) =>
      !claimed.has(entry) && !isAnyDeclared(entry, secrets) && isNamed(entry, secret);
    const declared = secret.stores.map((store): Place => {
      const asDeclared = claim(entries.find((one) => isDeclared(one, store)));
      if (asDeclared !== undefined) return { secret, store, entry: asDeclared };
      const entry = claim(entries.find((one) => one.kind === kindOf(store) && isElsewhere(one)));
      return entry === undefined ? { secret, store } : { secret, store: storeOf(entry), entry };
    });
    const named = entries
      .filter(isElsewhere)
      .map((entry): Place => ({ secret, store: storeOf(entry), entry }));
    named.forEach(({ entry }) => claim(entry));
    const found = named.length > 0 || declared.some(({ entry }) => entry !== undefined);
    return [...declared, ...named].map((place) => withReason(place, entries, found));
  });
  const rest = entries.filter((entry) => all && !claimed.has(entry));
  return [
    ...places,
    ...rest.map((entry) => ({
      secret: undefined,
      store: storeOf(entry),
      entry,
      notAsked: "no secret of the systems is declared to be kept here",
    })),
  ];
}

function withReason(place: Place, entries: readonly StoreEntry[], found: boolean): Place {
  const { entry, store } = place;
  if (entry?.notAsked !== undefined) return { ...place, notAsked: entry.notAsked };
  if (entry !== undefined) return place;
  const kind = kindOf(store);
  if (!isAsked(kind))
    return { ...place, notAsked: UNASKED[kind] ?? `no way to ask ${kind} is known` };
  const chosen = entries.some((one) => one.kind === kind);
  if (found && !chosen) return { ...place, notAsked: "the stack keeps nothing in this store" };
  return place;
}

function isDeclared({ kind, name }: StoreEntry, store: string): boolean {
  const wanted = store.slice(store.indexOf(":") + 1);
  return kindOf(store) === kind && (name === wanted || name.endsWith(`/${wanted}`));
}

function isAnyDeclared(entry: StoreEntry, secrets: readonly SecretDeclaration[]): boolean {
  return secrets.some(({ stores }) => stores.some((store) => isDeclared(entry, store)));
}

function isNamed({ name }: StoreEntry, secret: SecretDeclaration): boolean {
  const last = plain(name.slice(name.lastIndexOf("/") + 1));
  return last === plain(secret.name) || last === plain(`${secret.system}-${secret.name}`);
}

function storeOf({ kind, name }: StoreEntry): string {
  return `${kind}:${name}`;
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll("_", "-");
}

function kindOf(store: string): string {
  return store.slice(0, store.indexOf(":"));
}

function isAsked(kind: string): kind is AskedStore {
  return (ASKED_STORES as readonly string[]).includes(kind);
}
