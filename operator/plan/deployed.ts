import type { SecretDeclaration } from "../../components/inventory";
import type { Slot } from "../../components/rotation";
import type { PlannedGeneration } from "./document";
import type { StateResource } from "./state-export";

/** What the state says is live, by secret's name; a secret that is not in it is not deployed, or the state does not tell. */
export type Deployed = ReadonlyMap<string, readonly PlannedGeneration[]>;

/**
 * The live generations of each secret by the state. Evidence is the names and marks that components give to a store's versions
 * (`<name>-g5`, protected while in use), found by the entry that the declaration names, and the keepers of the random resource that a
 * version's data comes from, whose name ends with the slot. No value is looked at.
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
        ...statedAt(entry, resources),
      ]);
      const found = kept.length > 0 ? kept : keptBy(secret, state);
      const live = stated(found);
      return live.length === 0 ? [] : [[secret.name, live]];
    }),
  );
}

interface Found {
  readonly generation: number;
  readonly slot: Slot | null;
  readonly active: boolean;
}

interface State {
  readonly byUrn: ReadonlyMap<string, StateResource>;
  readonly byParent: ReadonlyMap<string, readonly StateResource[]>;
}

function indexed(resources: readonly StateResource[]): State {
  const byParent = new Map<string, StateResource[]>();
  for (const one of resources) {
    if (one.parent === undefined || one.parent.includes("::pulumi:pulumi:Stack::")) continue;
    byParent.set(one.parent, [...(byParent.get(one.parent) ?? []), one]);
  }
  return { byUrn: new Map(resources.map((one) => [one.urn, one])), byParent };
}

function versionsOf(entry: string, state: State): Found[] {
  const siblings = [...state.byParent.values()].filter((children) =>
    children.some(({ inputs }) => names(inputs, entry)),
  );
  return siblings.flat().flatMap((one): Found[] => {
    const number = /-g([1-9]\d{0,6})$/.exec(nameOf(one))?.[1];
    if (!one.custom || number === undefined) return [];
    const generation = Number(number);
    return [{ generation, slot: slotOf(one, generation, state), active: one.protect }];
  });
}

/** A store that keeps every live generation in one place says in its metadata what is there: `rekey-live: a:4,b:5`. */
function statedAt(entry: string, resources: readonly StateResource[]): Found[] {
  return resources
    .filter(({ inputs }) => names(inputs, entry))
    .flatMap(({ inputs }) => {
      const all = new Map(plainInputs(inputs));
      const active = Number(all.get("rekey-generation"));
      return [...(all.get("rekey-live") ?? "").matchAll(/\b([a-h]):([1-9]\d{0,6})\b/g)].map(
        ([, slot = "", number]) => ({
          generation: Number(number),
          slot,
          active: Number(number) === active,
        }),
      );
    });
}

/** True if a plain input is the entry, ends with it as a path does, or is one generation's object of that name. */
function names(inputs: StateResource["inputs"], entry: string): boolean {
  const object = `${entry.slice(entry.lastIndexOf("/") + 1)}-g`;
  const { mount, name } = inputs;
  if (typeof mount === "string" && `${mount}/${String(name)}` === entry) return true;
  return plainInputs(inputs).some(
    ([, value]) =>
      value === entry ||
      value.endsWith(`/${entry}`) ||
      (value.startsWith(object) && /^\d+$/.test(value.slice(object.length))),
  );
}

/** The texts of a resource's inputs, by key, as deep as metadata goes. What is secret is an encrypted object, and no text. */
function plainInputs(inputs: Readonly<Record<string, unknown>>, depth = 3): [string, string][] {
  return Object.entries(inputs).flatMap(([key, value]): [string, string][] => {
    if (typeof value === "string") return [[key, value]];
    if (depth === 0 || typeof value !== "object" || value === null || Array.isArray(value))
      return [];
    return SECRET in value ? [] : plainInputs(value as Record<string, unknown>, depth - 1);
  });
}

/** The key by which the engine marks a secret in a state. */
const SECRET = "4dabf18193072939515e22adb298388d";

/** The slot of the random resource that a version's data comes from. */
function slotOf(version: StateResource, generation: number, { byUrn }: State): Slot | null {
  const sources = new Set(
    Object.values(version.propertyDependencies).flatMap((urns) => urns ?? []),
  );
  const slots = [...sources]
    .map((urn) => byUrn.get(urn))
    .filter((one) => one !== undefined && keeperOf(one) === generation)
    .map((one) => suffixOf(one as StateResource));
  return slots.length === 1 ? (slots[0] ?? null) : null;
}

/** For a secret whose stores keep no versions: the component of its own name, and the keepers of its slots. */
function keptBy({ system, name }: SecretDeclaration, { byParent }: State): Found[] {
  const component = `::${system}-${name.toLowerCase().replaceAll("_", "-")}`;
  const children = [...byParent].filter(([parent]) => parent.endsWith(component));
  return children
    .flatMap(([, ones]) => ones)
    .flatMap((one): Found[] => {
      const generation = keeperOf(one);
      return generation === undefined
        ? []
        : [{ generation, slot: suffixOf(one), active: one.protect }];
    });
}

function keeperOf({ inputs }: StateResource): number | undefined {
  const { keepers } = inputs as { keepers?: { generation?: unknown } | null };
  const generation = Number(keepers?.generation);
  return Number.isInteger(generation) && generation > 0 ? generation : undefined;
}

function suffixOf(one: StateResource): Slot | null {
  return /-([a-h])$/.exec(nameOf(one))?.[1] ?? null;
}

/** One entry a generation; nothing if no resource is marked as in use, since then the state does not tell which one is. */
function stated(found: readonly Found[]): PlannedGeneration[] {
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

function nameOf({ urn }: StateResource): string {
  return urn.slice(urn.lastIndexOf("::") + 2);
}
