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
  /** By the number of its first two characters, whether a value begins so. */
  readonly #pairs = new Uint8Array(1 << 16);

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
    this.#pairs[pairAt(value, 0)] = 1;
    const beginning = value.slice(0, this.containedFrom);
    const values = this.#beginnings.get(beginning);
    if (values) values.add(value);
    else this.#beginnings.set(beginning, new Set([value]));
  }

  /** The values that a text is or holds. */
  find(text: string): Iterable<Held<T>> {
    const start = this.#next(text, 0);
    return start === undefined && !this.#whole.has(text) ? NOTHING : this.#held(text, start);
  }

  *#held(text: string, first: number | undefined): Generator<Held<T>> {
    for (const tag of this.#whole.get(text) ?? []) yield { tag, whole: true };
    for (let start = first; start !== undefined; start = this.#next(text, start + 1))
      for (const value of this.#beginnings.get(text.slice(start, start + this.containedFrom)) ?? [])
        if (value !== text && text.startsWith(value, start))
          for (const tag of this.#whole.get(value) ?? []) yield { tag, whole: false };
  }

  /** Where a value may begin, from a place on: cutting a text at every character takes most of the time that a rule needs. */
  #next(text: string, from: number): number | undefined {
    if (this.#beginnings.size === 0) return undefined;
    for (let start = from; start + this.containedFrom <= text.length; start++)
      if (this.#pairs[pairAt(text, start)] === 1) return start;
    return undefined;
  }
}

const NOTHING: readonly never[] = [];

/** A number for the two characters at a place, which others may share. */
function pairAt(text: string, at: number): number {
  return ((text.charCodeAt(at) << 8) ^ text.charCodeAt(at + 1)) & 0xffff;
}
