import { EXTERNAL } from "../../components/external";
import { PlainMap, isPlainMap } from "../yaml-text";
import type { Changing } from "./order";

/** By secret, the generations whose value a store has and the program does not. */
export type References = ReadonlyMap<string, ReadonlySet<number>>;

/** The references of a settings file; what is not as it has to be is left to the program, which refuses it. */
export function referencesIn(config: PlainMap): References {
  const external = config[EXTERNAL];
  return new Map(
    Object.entries(isPlainMap(external) ? external : {}).map(([secret, slots]) => [
      secret,
      new Set(Object.values(isPlainMap(slots) ? slots : {}).flatMap(referenceIn)),
    ]),
  );
}

function referenceIn(entry: unknown): number[] {
  const { generation, version } = isPlainMap(entry) ? entry : {};
  return typeof generation === "number" && typeof version === "string" ? [generation] : [];
}

/** What is left for an update to write: the version of a reference is in the store already. */
export function withoutStored<One extends Changing>(one: One, references: References): One {
  const stored = references.get(one.secret.name);
  if (stored === undefined) return one;
  const issued = one.effects.issued.filter((generation) => !stored.has(generation));
  return { ...one, effects: { ...one.effects, issued } };
}
