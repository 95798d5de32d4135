import { StackConfiguration } from "./configuration";
import { Dictionary, Leaf, leaves, textOf, at } from "./leaves";
import { sensitiveProperties } from "./sensitive";

/**
 * Where a value comes from, the first that fits:
 * `unknown` not known before the update, so it comes from another resource;
 * `config` it stands in the stack's configuration, as a whole or in part;
 * `generated` it equals a secret output of a random, tls or key resource of the stack;
 * `dependency` the engine recorded that its property depends on other resources;
 * `secret` it is marked secret and has no origin: a literal that was only marked;
 * `literal` it stands in the program.
 */
export type Provenance = "unknown" | "config" | "generated" | "dependency" | "secret" | "literal";

/** A resource on which a property depends. */
export interface Source {
  readonly type: string;
  readonly name: string;
}

/** The origin of one leaf. */
export interface Origin {
  readonly provenance: Provenance;
  /** The configuration has it as an encrypted setting. */
  readonly secretConfiguration: boolean;
  /** The configuration has the whole value as a setting in plain text. */
  readonly plainConfiguration: boolean;
  /** The resources on which its top-level property depends; always empty while a resource is checked alone. */
  readonly sources: readonly Source[];
}

/** What is known about the surroundings of a leaf. Without generated values and sources a resource is looked at alone. */
export interface Surroundings {
  readonly configuration: StackConfiguration;
  readonly generated?: ReadonlySet<string>;
  readonly sources?: Readonly<Record<string, readonly Source[]>>;
}

/** Packages of which every resource makes new values. */
const GENERATORS = ["random", "tls"];

/** Tells where a leaf comes from. */
export function originOf(leaf: Leaf, surroundings: Surroundings): Origin {
  const text = textOf(leaf);
  const configured = text === undefined ? undefined : surroundings.configuration.find(text);
  const sources = surroundings.sources?.[String(leaf.path[0])] ?? [];
  const provenance = ((): Provenance => {
    if (leaf.kind === "unknown") return "unknown";
    if (configured) return "config";
    if (text !== undefined && surroundings.generated?.has(text)) return "generated";
    if (sources.length > 0) return "dependency";
    return leaf.secret === "none" ? "literal" : "secret";
  })();
  return {
    provenance,
    secretConfiguration: configured?.secret === true,
    plainConfiguration: configured?.secret === false && configured.whole,
    sources,
  };
}

/** True for a type whose resources make new values: random and tls ones, and issuers of keys. */
export function generates(type: string): boolean {
  const provider = type.split(":")[0] ?? "";
  return GENERATORS.includes(provider) || sensitiveProperties(type, "key-material").length > 0;
}

/** The secret values that the given resources made. Inputs such as keepers are not among them. */
export function generatedValues(
  resources: Iterable<{ readonly type: string; readonly properties: Dictionary }>,
): Set<string> {
  const values = new Set<string>();
  for (const { type, properties } of resources)
    for (const name of sensitiveProperties(type, "key-material")) {
      const output = at(properties, name);
      if (output === undefined) continue;
      for (const leaf of leaves(output)) {
        const text = textOf(leaf);
        if (text) values.add(text);
      }
    }
  return values;
}

/** Below this length a generated value is only recognised as a whole. */
const CONTAINED_FROM = 12;

/** True when a text is, or holds, one of the generated values, for example as the password of an address. */
export function holdsGenerated(text: string, generated: ReadonlySet<string> = new Set()): boolean {
  if (generated.has(text)) return true;
  return [...generated].some((value) => value.length >= CONTAINED_FROM && text.includes(value));
}
