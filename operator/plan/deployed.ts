import type { SecretDeclaration } from "../../components/inventory";
import type { PlannedGeneration } from "./document";
import { Evidence, madeBy, statedAt, versionsOf } from "./evidence";
import type { StateResource } from "./state-export";
import { IndexedState, indexed } from "./state-index";

/** What the state says is live, by secret's name; a secret that is not in it is not deployed, or the state does not tell. */
export type Deployed = ReadonlyMap<string, readonly PlannedGeneration[]>;

/**
 * The live generations of each secret by the state. Evidence is the names and marks that components give to a store's versions
 * (`<name>-g5`, protected while in use), found by the entry that the declaration names, and the keepers of the random resource that a
 * version's data comes from, whose name ends with the slot; where no store keeps versions, the component that the declaration names.
 * What a consumer's annotation names is in use too, whatever the marks say. No value is looked at.
 */
export function readDeployed(
  resources: readonly StateResource[],
  secrets: readonly SecretDeclaration[],
): Deployed {
  const state = indexed(resources);
  const shared = sharedEntries(secrets);
  return new Map(
    secrets.flatMap((secret): [string, PlannedGeneration[]][] => {
      const entries = secret.stores.map(entryOf).filter((entry) => !shared.has(entry));
      const kept = entries.flatMap((entry) => [
        ...versionsOf(entry, state),
        ...statedAt(entry, state),
      ]);
      const found = kept.length > 0 ? kept : madeBy(secret, state);
      const live = stated(withUsed(found, secret, state));
      return live.length === 0 ? [] : [[secret.name, live]];
    }),
  );
}

/** A consumer that still uses a generation keeps it in use: an update that failed before it had moved the marks already. */
function withUsed(
  found: readonly Evidence[],
  { name }: SecretDeclaration,
  { used }: IndexedState,
): readonly Evidence[] {
  const generations = [...(used.get(name) ?? [])];
  if (found.length === 0) return found;
  return [...found, ...generations.map((generation) => ({ generation, slot: null, active: true }))];
}

/** One entry a generation; nothing if no resource is marked as in use, since then the state does not tell which one is. */
function stated(found: readonly Evidence[]): PlannedGeneration[] {
  const numbers = [...new Set(found.map(({ generation }) => generation))].sort((a, b) => a - b);
  const active = found.filter((one) => one.active).map(({ generation }) => generation);
  if (active.length === 0) return [];
  return numbers.map((generation) => ({
    generation,
    slot: found.find((one) => one.generation === generation && one.slot !== null)?.slot ?? null,
    state: active.includes(generation)
      ? "active"
      : generation > Math.min(...active)
        ? "staged"
        : "grace",
  }));
}

function sharedEntries(secrets: readonly SecretDeclaration[]): Set<string> {
  const seen = new Set<string>();
  const entries = secrets.flatMap(({ stores }) => stores.map(entryOf));
  return new Set(entries.filter((entry) => seen.size === seen.add(entry).size));
}

function entryOf(store: string): string {
  return store.slice(store.indexOf(":") + 1);
}
