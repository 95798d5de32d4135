/** A value as YAML and JSON have it. */
export type Plain = string | number | boolean | null | readonly Plain[] | PlainMap;
/** A map of such values. */
export interface PlainMap {
  readonly [key: string]: Plain;
}

/** Tells a map from a list, null and scalars. */
export function isPlainMap(value: unknown): value is PlainMap {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What the readers of YAML 1.1 and 1.2 both take for a text without quotes. */
const PLAIN = /^[A-Za-z_][A-Za-z0-9_-]*$/;
const RESERVED = /^(y|n|yes|no|on|off|true|false|null)$/i;
const PLAIN_KEY = /^[A-Za-z_][A-Za-z0-9_.-]*(:[A-Za-z0-9_.-]+)?$/;

/** One line of YAML in flow style: `{ generation: 5, active: b }`. Everything that is not a plain word is quoted, dates too. */
export function flowText(value: Plain): string {
  if (typeof value === "string") return scalarText(value);
  if (value === null || typeof value !== "object") return String(value);
  if (!isPlainMap(value)) return `[${value.map(flowText).join(", ")}]`;
  const items = Object.entries(value).map(
    ([key, item]) => `${keyText(key, true)}: ${flowText(item)}`,
  );
  return items.length === 0 ? "{}" : `{ ${items.join(", ")} }`;
}

/** A map's key; inside a flow map one with a colon is quoted. */
export function keyText(key: string, inFlow: boolean): string {
  const plain = inFlow ? PLAIN : PLAIN_KEY;
  return plain.test(key) && !RESERVED.test(key) ? key : quoted(key);
}

function scalarText(text: string): string {
  return PLAIN.test(text) && !RESERVED.test(text) ? text : quoted(text);
}

/** JSON's quoting, which YAML shares, plus the characters that YAML does not take unescaped. */
function quoted(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
