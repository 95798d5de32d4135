import { inspect } from "node:util";

/**
 * Holds one secret value so that it cannot slip into a log, an error message, JSON or a template
 * literal: every such way yields `[secret]`. The value leaves by {@link SecretText.reveal} only, which
 * keeps the places that touch plain values few and easy to search for.
 *
 * The value lives in a private field, so `Object.keys`, spreading and structured logging miss it too.
 */
export class SecretText {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** Wraps `value`, or passes `undefined` on, for optional fields. */
  static from(value: string | undefined): SecretText | undefined {
    return value === undefined ? undefined : new SecretText(value);
  }

  /** The plain value. Hand it straight to what needs it; never keep, log or format it. */
  reveal(): string {
    return this.#value;
  }

  /** A secret derived from this one (an encoding, say), wrapped like its source. */
  map(convert: (value: string) => string): SecretText {
    return new SecretText(convert(this.#value));
  }

  toString(): string {
    return "[secret]";
  }

  toJSON(): string {
    return "[secret]";
  }

  [inspect.custom](): string {
    return "[secret]";
  }
}
