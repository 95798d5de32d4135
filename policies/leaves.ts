import { SECRET, SIGNATURE, UNKNOWNS } from "./marks";

/** One step of a path: a map's key or a list's index. */
export type Step = string | number;
/** Where a property stands in its resource. */
export type Path = readonly Step[];
/** A plain value. */
export type Scalar = string | number | boolean | null;
/** `self`: the mark is on this very property. `within`: on something that holds it, which says little about each part. */
export type Secretness = "none" | "self" | "within";

interface Placed {
  readonly path: Path;
  readonly secret: Secretness;
}
/** Not known before the update: the output of a resource that does not exist yet. */
export interface Unknown extends Placed {
  readonly kind: "unknown";
}
/** A value that is known. */
export interface Known extends Placed {
  readonly kind: "scalar";
  readonly value: Scalar;
}
/** A list. */
export interface List extends Placed {
  readonly kind: "list";
  readonly items: readonly Property[];
}
/** A map or object; assets and archives are maps of their parts. */
export interface Dictionary extends Placed {
  readonly kind: "map";
  readonly entries: ReadonlyMap<string, Property>;
}

/** A property of a resource, as the engine sent it. Reading one never throws, also where it is unknown. */
export type Property = Unknown | Known | List | Dictionary;
/** A property without parts. */
export type Leaf = Unknown | Known;

/** What the entries of an object are read from: a map where keys may have any name. */
type Entries = ReadonlyMap<string, unknown> | Readonly<Record<string, unknown>>;

/**
 * Builds the tree from the engine's wire form, with the secret marks that the SDK drops.
 *
 * @param path where the tree hangs, for a document that stands as a text in a property; the empty key adds no step.
 * @param secret the mark of that property.
 */
export function propertiesOf(
  wire: Entries,
  path: Path = [],
  secret: Secretness = "none",
): Dictionary {
  return dictionary(wire, path, secret);
}

function property(wire: unknown, path: Path, secret: Secretness): Property {
  if (wire === null || wire === undefined) return { kind: "scalar", path, secret, value: null };
  if (Array.isArray(wire)) {
    const items = wire.map((item, index) => property(item, [...path, index], inherited(secret)));
    return { kind: "list", path, secret, items };
  }
  if (typeof wire === "object") {
    const entries = wire as Entries;
    if (valueOf(entries, SIGNATURE) === SECRET)
      return property(valueOf(entries, "value"), path, "self");
    return dictionary(entries, path, secret);
  }
  if (typeof wire === "string" && UNKNOWNS.has(wire)) return { kind: "unknown", path, secret };
  return { kind: "scalar", path, secret, value: wire as Scalar };
}

function isMap(entries: Entries): entries is ReadonlyMap<string, unknown> {
  return entries instanceof Map;
}

function valueOf(entries: Entries, key: string): unknown {
  return isMap(entries) ? entries.get(key) : entries[key];
}

function dictionary(wire: Entries, path: Path, secret: Secretness): Dictionary {
  const entries = new Map<string, Property>();
  const below = inherited(secret);
  for (const [key, value] of isMap(wire) ? wire : Object.entries(wire))
    if (key !== SIGNATURE)
      entries.set(key, property(value, key === "" ? path : [...path, key], below));
  return { kind: "map", path, secret, entries };
}

function inherited(secret: Secretness): Secretness {
  return secret === "none" ? "none" : "within";
}

/**
 * The property at a path below this one; undefined when it is not set. Below an unknown everything is unknown, so that nobody takes
 * what is not known yet for what is not there.
 */
export function at(from: Property | undefined, ...steps: Path): Property | undefined {
  let here = from;
  for (const step of steps) {
    if (here === undefined) return undefined;
    if (here.kind === "unknown")
      here = { kind: "unknown", path: [...here.path, step], secret: inherited(here.secret) };
    else if (here.kind === "list" && typeof step === "number") here = here.items[step];
    else if (here.kind === "map") here = here.entries.get(String(step));
    else return undefined;
  }
  return here;
}

/** The property and everything below it, outermost first. */
export function* walk(from: Property): Generator<Property> {
  yield from;
  if (from.kind === "list") for (const item of from.items) yield* walk(item);
  if (from.kind === "map") for (const entry of from.entries.values()) yield* walk(entry);
}

/** Every part that has no parts of its own. */
export function* leaves(from: Property): Generator<Leaf> {
  for (const part of walk(from)) if (part.kind === "scalar" || part.kind === "unknown") yield part;
}

/** The text of a known string; undefined for everything else. */
export function textOf(from: Property | undefined): string | undefined {
  return from?.kind === "scalar" && typeof from.value === "string" ? from.value : undefined;
}

/** What a known string or number is when it is written out; undefined for everything else. */
export function writtenOf(from: Property | undefined): string | undefined {
  if (from?.kind !== "scalar" || typeof from.value !== "number") return textOf(from);
  return String(from.value);
}

/** True when the property is not set, or set to null. */
export function isAbsent(from: Property | undefined): from is undefined {
  return from === undefined || (from.kind === "scalar" && from.value === null);
}
