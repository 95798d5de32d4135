import { InspectedResource } from "../rule";

/** What looks at a resource, by its type and aspects: a program has many resources of few kinds. */
export class Looking<T> {
  readonly #known = new Map<string, Map<number, readonly T[]>>();

  /** What is known of such a resource, or else is found; that is kept. */
  at({ type, aspects }: InspectedResource, find: () => readonly T[]): readonly T[] {
    const ofType = this.#known.get(type) ?? new Map<number, readonly T[]>();
    const known = ofType.get(aspects);
    if (known) return known;
    const found = find();
    this.#known.set(type, ofType.set(aspects, found));
    return found;
  }

  /** Forgets all of it. */
  clear(): void {
    this.#known.clear();
  }
}
