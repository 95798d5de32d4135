import { Declared, Violation, analyzeProgram, configure, rules } from "../../test/policies/harness";
import { BY_REFERENCE, negatives, references } from "./negatives";
import { Given, Origin, give, isWrong, origins } from "./origins";
import { Place, places } from "./places";
import { Kind, kinds } from "./values";

/** One program of the benchmark. */
export interface Cell {
  readonly kind: string;
  readonly place: Place;
  readonly origin: Origin;
  readonly given: Given;
  /** It must be found. */
  readonly wrong: boolean;
  /** It is one of the texts that only look like a secret. */
  readonly lookalike: boolean;
  /** It stands under a name that says nothing; unless set, under a credential's. */
  readonly harmless?: boolean;
  /** The place holds no value but a reference to a secret. */
  readonly byReference?: boolean;
}

/** All programs of the benchmark, and how many combinations nobody could tell and so do not count. */
export function cellsOf(): { cells: Cell[]; untold: number } {
  const cells: Cell[] = [];
  let untold = 0;
  for (const place of places)
    for (const kind of kinds)
      for (const origin of origins) {
        const wrong = isWrong(origin, place, kind);
        if (wrong === undefined) untold += 1;
        else
          cells.push({
            kind: kind.kind,
            place,
            origin,
            given: give(origin, kind.value),
            wrong,
            lookalike: false,
          });
      }
  for (const place of places.filter(({ purpose }) => purpose !== "sink"))
    cells.push(...lookalikes(place));
  return { cells, untold };
}

function lookalikes(place: Place): Cell[] {
  const cell = (kind: string, origin: Origin, value: string, more: Partial<Cell>): Cell => ({
    ...{ kind, place, origin, given: give(origin, value), wrong: false, lookalike: true },
    ...more,
  });
  const texts = Object.entries(negatives).flatMap(([kind, value]) =>
    LOOKALIKE_ORIGINS.map((origin) => cell(kind, origin, value, { harmless: true })),
  );
  const named = Object.entries(references).map(([kind, value]) => cell(kind, "literal", value, {}));
  const reference = place.byReference
    ? [cell(BY_REFERENCE, "literal", "", { byReference: true })]
    : [];
  return [...texts, ...named, ...reference];
}

/** What only looks like a secret stands in programs as it is; nobody encrypts or generates it. */
const LOOKALIKE_ORIGINS: readonly Origin[] = [
  "literal",
  "plain setting",
  "interpolated",
  "encoded",
];

/** The resources of a cell, as the engine would send them. */
export function programOf({ place, given, harmless, byReference }: Cell): Declared[] {
  if (byReference && place.byReference) return [place.byReference.declared];
  const subject = place.declare(given.wire, harmless);
  const dependsOn = { [place.property]: [...given.dependsOn] };
  // The engine does not say on what a stack's outputs depend.
  const linked = place.place === "stack output" ? subject : { ...subject, dependsOn };
  return [...given.others, linked];
}

/** What the pack says of a cell. */
export async function judge(cell: Cell): Promise<Violation[]> {
  configure({ ...cell.given.settings }, ...cell.given.encrypted);
  return analyzeProgram(programOf(cell));
}

const BLOCKING = new Set(
  rules.filter(({ enforcementLevel }) => enforcementLevel === "mandatory").map(({ id }) => id),
);

/** True when the program would be stopped for the resource that holds the value; advice, or words about another one, do not count. */
export function isFound(cell: Cell, violations: readonly Violation[]): boolean {
  const { name } = programOf(cell).at(-1)!;
  return violations.some(({ policy, urn }) => BLOCKING.has(policy) && urn.endsWith(`::${name}`));
}

/** Every kind of value, for the tables. */
export const allKinds: readonly Kind[] = kinds;
