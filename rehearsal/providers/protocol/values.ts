/**
 * Property values as the engine's wire form spells them, and as resources read them.
 *
 * On the wire a secret is an object with a signature, and a value that a preview cannot know is one of a
 * few fixed strings. Resources must see neither: they get plain values and {@link UNKNOWN}.
 */

const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";
const OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4";
const UNKNOWN_STRINGS = new Set([
  "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
  "030794c1-ac77-496b-92df-f27374a8bd58",
  "e48ece36-62e2-4504-bad9-02848725956a",
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
]);
const UNKNOWN_WIRE = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** Stands for a value that this preview cannot know. Never seen outside previews. */
export const UNKNOWN: object = Object.freeze(Object.create(null) as object);

/** A property bag of plain values; leaves may be {@link UNKNOWN} in previews. */
export type Properties = Record<string, unknown>;

/** Where a value sits, key by key; numbers index lists. */
export type Path = readonly (string | number)[];

/** Plain values, and the places at which the engine marked them secret. */
export interface Decoded {
  values: Properties;
  secrets: Path[];
}

/** True for objects that are neither lists nor {@link UNKNOWN}. */
export function isRecord(value: unknown): value is Properties {
  return typeof value === "object" && value !== null && !Array.isArray(value) && value !== UNKNOWN;
}

/** True when any leaf is {@link UNKNOWN}. */
export function hasUnknown(value: unknown): boolean {
  if (value === UNKNOWN) return true;
  if (Array.isArray(value)) return value.some(hasUnknown);
  return isRecord(value) && Object.values(value).some(hasUnknown);
}

/** Takes the wire form apart. `null` counts as absent, as it does for the engine's bridged providers. */
export function decode(wire: Properties | undefined): Decoded {
  const secrets: Path[] = [];
  const values = unwrap(wire ?? {}, [], secrets);
  return { values: isRecord(values) ? values : {}, secrets };
}

/** Puts the wire form together: values at `secrets` (where still present) are marked secret. */
export function encode(values: Properties, secrets: readonly Path[]): Properties {
  return wrap(values, [], secrets) as Properties;
}

function unwrap(value: unknown, path: Path, secrets: Path[]): unknown {
  if (typeof value === "string" && UNKNOWN_STRINGS.has(value)) return UNKNOWN;
  if (Array.isArray(value)) {
    return value.map((entry, index) => unwrap(entry, [...path, index], secrets));
  }
  if (typeof value !== "object" || value === null) return value;
  const record = value as Properties;
  if (record[SIGNATURE] === SECRET) {
    secrets.push(path);
    return unwrap(record.value, path, secrets);
  }
  if (record[SIGNATURE] === OUTPUT) {
    if (record.secret === true) secrets.push(path);
    return "value" in record ? unwrap(record.value, path, secrets) : UNKNOWN;
  }
  return Object.fromEntries(
    Object.entries(record)
      .filter(([, entry]) => entry !== null && entry !== undefined)
      .map(([key, entry]) => [key, unwrap(entry, [...path, key], secrets)]),
  );
}

function wrap(value: unknown, path: Path, secrets: readonly Path[]): unknown {
  const inner = wrapInside(value, path, secrets);
  const secret = secrets.some((one) => samePath(one, path));
  return secret && value !== undefined ? { [SIGNATURE]: SECRET, value: inner } : inner;
}

function wrapInside(value: unknown, path: Path, secrets: readonly Path[]): unknown {
  if (value === UNKNOWN) return UNKNOWN_WIRE;
  if (Array.isArray(value)) {
    return value.map((entry, index) => wrap(entry ?? null, [...path, index], secrets));
  }
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, entry]) => entry !== undefined)
      .map(([key, entry]) => [key, wrap(entry, [...path, key], secrets)]),
  );
}

/** True when both paths name the same place. */
export function samePath(left: Path, right: Path): boolean {
  return left.length === right.length && left.every((step, index) => step === right[index]);
}

/** Writes a path as Pulumi does: `template.containers[0].image`, `labels["a.b"]`. */
export function formatPath(path: Path): string {
  return path
    .map((step, index) => {
      if (typeof step === "number") return `[${step}]`;
      if (!/^[A-Za-z_$][\w$-]*$/.test(step)) return `["${step.replaceAll('"', '\\"')}"]`;
      return index === 0 ? step : `.${step}`;
    })
    .join("");
}

/**
 * True when the path is the pattern's place or lies below it. A pattern is a path in which `[*]` stands
 * for any index: `template.containers[*].ports`.
 */
export function matches(pattern: string, path: Path): boolean {
  const steps = pattern.replaceAll("[*]", ".*").split(".");
  return (
    steps.length <= path.length &&
    steps.every((step, index) => step === "*" || step === String(path[index]))
  );
}
