import { MARK } from "../engine-marks";
import type { StateResource } from "./state-export";

/** A state, with the ways that evidence is looked up by. */
export interface IndexedState {
  readonly resources: readonly StateResource[];
  readonly byUrn: ReadonlyMap<string, StateResource>;
  readonly byParent: ReadonlyMap<string, readonly StateResource[]>;
  /** The plain texts in each resource's inputs, by their keys. */
  readonly texts: ReadonlyMap<StateResource, readonly (readonly [string, string])[]>;
  /** The generations that consumers use, by secret's name. */
  readonly used: ReadonlyMap<string, ReadonlySet<number>>;
}

/** Reads a state once for the evidence on many secrets. */
export function indexed(resources: readonly StateResource[]): IndexedState {
  const byParent = new Map<string, StateResource[]>();
  for (const one of resources) {
    if (one.parent === undefined || one.parent.includes("::pulumi:pulumi:Stack::")) continue;
    byParent.set(one.parent, [...(byParent.get(one.parent) ?? []), one]);
  }
  const texts = new Map(resources.map((one) => [one, plainTexts(one.inputs)]));
  return {
    resources,
    byUrn: new Map(resources.map((one) => [one.urn, one])),
    byParent,
    texts,
    used: annotated(texts),
  };
}

/** The texts of a resource's inputs, by key, as deep as metadata goes. What is secret is an encrypted object, and no text. */
function plainTexts(inputs: Readonly<Record<string, unknown>>, depth = 6): [string, string][] {
  return Object.entries(inputs).flatMap(([key, value]): [string, string][] => {
    if (typeof value === "string") return [[key, value]];
    if (depth === 0 || typeof value !== "object" || value === null || Array.isArray(value))
      return [];
    return MARK in value ? [] : plainTexts(value as Record<string, unknown>, depth - 1);
  });
}

/**
 * What the consumers use, by the annotation that each carries (`rekey.generation/SECRET_KEY: 5`). After an update that failed before
 * they moved, it is still the one before.
 */
function annotated(texts: IndexedState["texts"]): Map<string, Set<number>> {
  const used = new Map<string, Set<number>>();
  const add = (name = "", generation = "") =>
    used.set(name, (used.get(name) ?? new Set()).add(Number(generation)));
  for (const [key, value] of [...texts.values()].flat()) {
    const own = /^rekey\.generation\/(\w+)$/.exec(key)?.[1];
    if (own !== undefined && GENERATION.test(value)) add(own, value);
    for (const [, name, generation] of value.matchAll(LINES)) add(name, generation);
  }
  return used;
}

const GENERATION = /^[1-9]\d{0,6}$/;
const LINES = /\brekey\.generation\/(\w+): ([1-9]\d{0,6})\b/g;

/** The last part of a URN. */
export function nameOf({ urn }: StateResource): string {
  return urn.slice(urn.lastIndexOf("::") + 2);
}
