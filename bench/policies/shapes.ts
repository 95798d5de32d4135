import { secret, unknown } from "../../test/policies/harness";

/** What must be a JSON text in the engine's message becomes one; what is not known yet stays so as a whole. */
export function jsonText(value: unknown, document: (part: unknown) => unknown): unknown {
  return within(value, (text) => JSON.stringify(document(text)));
}

/** A text around the value: what is not known yet stays so as a whole, and what is marked secret marks the whole text. */
export function within(value: unknown, around: (text: string) => string): unknown {
  if (value === unknown) return value;
  if (typeof value === "string") return around(value);
  const { value: inner } = value as { value: string };
  return inner === unknown ? value : secret(around(inner));
}
