import type { Told } from "./preview";
import type { Declare } from "./program";

/** One program of all of those given; the name of each begins what is its own. */
export function together(programs: Readonly<Record<string, Declare>>): () => object {
  return () =>
    Object.assign(
      {},
      ...Object.entries(programs).map(([name, declare]) => declare(name)),
    ) as object;
}

/** What was said of which resource, whatever the level. */
export function wordsOf(told: readonly Told[]): string[] {
  return told.map(({ policy, urn, message }) => `${policy} ${urn} ${message}`).sort();
}
