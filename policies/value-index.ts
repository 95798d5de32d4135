/** A known value that a text turned out to hold. */
export interface Held<T> {
  readonly tag: T;
  /** The text is the value, not only one that holds it. */
  readonly whole: boolean;
}

/**
 * Known values, to be found in other texts in one pass over each text, however many values there are. Never print what it holds.
 */
export class ValueIndex<T> {
  readonly #whole = new Map<string, T[]>();
  readonly #beginnings = new Map<string, Set<string>>();

  /** @param containedFrom below this many characters a value is only recognised as a whole: short texts occur in others by chance. */
  constructor(private readonly containedFrom: number) {}

  get size(): number {
    return this.#whole.size;
  }

  add(value: string, tag: T): void {
    if (value === "") return;
    const tags = this.#whole.get(value);
    if (tags) tags.push(tag);
    else this.#whole.set(value, [tag]);
    if (value.length < this.containedFrom) return;
    const beginning = value.slice(0, this.containedFrom);
    const values = this.#beginnings.get(beginning);
    if (values) values.add(value);
    else this.#beginnings.set(beginning, new Set([value]));
  }

  /** The values that a text is or holds. */
  *find(text: string): Generator<Held<T>> {
    for (const tag of this.#whole.get(text) ?? []) yield { tag, whole: true };
    if (this.#beginnings.size === 0) return;
    for (let start = 0; start + this.containedFrom <= text.length; start++) {
      const values = this.#beginnings.get(text.slice(start, start + this.containedFrom));
      for (const value of values ?? [])
        if (value !== text && text.startsWith(value, start))
          for (const tag of this.#whole.get(value) ?? []) yield { tag, whole: false };
    }
  }
}
