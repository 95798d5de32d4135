import { EXTERNAL } from "../../components/external";
import { RotationRecord, activeGeneration } from "../../components/rotation";
import { isAwsVersion } from "../to-store/aws";
import { PlainMap, isPlainMap } from "../yaml-text";
import type { Found } from "./findings";
import type { Changing } from "./order";

/** By secret and generation, the store's version that has a value which the program does not. */
export type References = ReadonlyMap<string, ReadonlyMap<number, string>>;

/** The references of a settings file; what is not as it has to be is left to the program, which refuses it. */
export function referencesIn(config: PlainMap): References {
  const external = config[EXTERNAL];
  return new Map(
    Object.entries(isPlainMap(external) ? external : {}).map(([secret, slots]) => [
      secret,
      new Map(Object.values(isPlainMap(slots) ? slots : {}).flatMap(referenceIn)),
    ]),
  );
}

function referenceIn(entry: unknown): [number, string][] {
  const { generation, version } = isPlainMap(entry) ? entry : {};
  return typeof generation === "number" && typeof version === "string"
    ? [[generation, version]]
    : [];
}

/** What is left for an update to write: the version of a reference is in the store already. */
export function withoutStored<One extends Changing>(one: One, references: References): One {
  const stored = references.get(one.secret.name);
  if (stored === undefined) return one;
  const issued = one.effects.issued.filter((generation) => !stored.has(generation));
  return { ...one, effects: { ...one.effects, issued } };
}

/** AWSCURRENT moves to a version that an update has taken over; the engine takes none over that is declared other than it is. */
export function takenOverAtOnce(
  { secret: { name }, effects }: Changing,
  record: RotationRecord | undefined,
  references: References,
): Found[] {
  if (record === undefined || !effects.atOnce) return [];
  const generation = activeGeneration(record);
  const version = references.get(name)?.get(generation);
  if (version === undefined || !isAwsVersion(version)) return [];
  return [
    {
      rule: "reference-at-once",
      at: "active",
      message: `${name}: generation ${generation} is a version in AWS that no update has taken over, and is to be active with this one`,
      remedy: "apply the stage first, and activate in a change of its own",
    },
  ];
}
