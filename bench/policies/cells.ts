import { Declared, Violation, analyzeProgram, configure } from "../../test/policies/harness";
import { negatives } from "./negatives";
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
    for (const [kind, value] of Object.entries(negatives))
      for (const origin of LOOKALIKE_ORIGINS)
        cells.push({
          kind,
          place,
          origin,
          given: give(origin, value),
          wrong: false,
          lookalike: true,
        });
  return { cells, untold };
}

/** What only looks like a secret stands in programs as it is; nobody encrypts or generates it. */
const LOOKALIKE_ORIGINS: readonly Origin[] = [
  "literal",
  "plain setting",
  "interpolated",
  "encoded",
];

/** The resources of a cell, as the engine would send them. */
export function programOf({ place, given, lookalike }: Cell): Declared[] {
  const subject = place.declare(given.wire, lookalike);
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

/** Every kind of value, for the tables. */
export const allKinds: readonly Kind[] = kinds;
