import type { SecretDeclaration } from "../../components/inventory";
import type { Slot } from "../../components/rotation";
import type { StateResource } from "./state-export";
import { IndexedState, nameOf } from "./state-index";

/** A generation that the state shows somewhere. */
export interface Evidence {
  readonly generation: number;
  /** Null where that place does not tell it. */
  readonly slot: Slot | null;
  readonly active: boolean;
}

/** The versions in an entry of a store that has one a generation: `<name>-g5`, protected while in use. */
export function versionsOf(entry: string, state: IndexedState): Evidence[] {
  const siblings = [...state.byParent.values()].filter((children) =>
    children.some((one) => names(one, entry, state)),
  );
  return siblings.flat().flatMap((one): Evidence[] => {
    const number = /-g([1-9]\d{0,6})$/.exec(nameOf(one))?.[1];
    if (!one.custom || number === undefined) return [];
    const generation = Number(number);
    return [{ generation, slot: slotOf(one, generation, state), active: one.protect }];
  });
}

/** A store that keeps every live generation in one place says in its metadata what is there: `rekey-live: a:4,b:5`. */
export function statedAt(entry: string, state: IndexedState): Evidence[] {
  return state.resources
    .filter((one) => names(one, entry, state))
    .flatMap((one) => {
      const all = new Map(state.texts.get(one));
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
function names(one: StateResource, entry: string, { texts }: IndexedState): boolean {
  const object = `${entry.slice(entry.lastIndexOf("/") + 1)}-g`;
  const { mount, name } = one.inputs;
  if (typeof mount === "string" && `${mount}/${String(name)}` === entry) return true;
  return (texts.get(one) ?? []).some(
    ([, value]) =>
      value === entry ||
      value.endsWith(`/${entry}`) ||
      (value.startsWith(object) && /^\d+$/.test(value.slice(object.length))),
  );
}

/** The slot of the random resource that a version's data comes from. */
function slotOf(version: StateResource, generation: number, { byUrn }: IndexedState): Slot | null {
  const sources = new Set(
    Object.values(version.propertyDependencies).flatMap((urns) => urns ?? []),
  );
  const slots = [...sources]
    .map((urn) => byUrn.get(urn))
    .filter((one) => one !== undefined && keeperOf(one) === generation)
    .map((one) => suffixOf(one as StateResource));
  return slots.length === 1 ? (slots[0] ?? null) : null;
}

/**
 * Where stores keep no versions: the component that makes the values. Its random resources have the generation as their keeper and are
 * protected while in use; one of values that are issued elsewhere has none and says in its outputs what it was given.
 */
export function madeBy(
  { component }: Pick<SecretDeclaration, "component">,
  { resources, byParent }: IndexedState,
): Evidence[] {
  if (component === undefined) return [];
  const own = resources.filter((one) => !one.custom && nameOf(one) === component);
  return own.flatMap((one) => {
    const kept = (byParent.get(one.urn) ?? []).flatMap((child): Evidence[] => {
      const generation = keeperOf(child);
      return generation === undefined
        ? []
        : [{ generation, slot: suffixOf(child), active: child.protect }];
    });
    return kept.length > 0 ? kept : givenTo(one);
  });
}

function givenTo({ outputs: { active, slots } }: StateResource): Evidence[] {
  if (typeof slots !== "object" || slots === null) return [];
  return Object.entries(slots).map(([slot, generation]) => ({
    generation: Number(generation),
    slot,
    active: slot === active,
  }));
}

function keeperOf({ inputs }: StateResource): number | undefined {
  const { keepers } = inputs as { keepers?: { generation?: unknown } | null };
  const generation = Number(keepers?.generation);
  return Number.isInteger(generation) && generation > 0 ? generation : undefined;
}

function suffixOf(one: StateResource): Slot | null {
  return /-([a-h])$/.exec(nameOf(one))?.[1] ?? null;
}
