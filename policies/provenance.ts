import { StackConfiguration } from "./configuration";
import { isBesideCredential } from "./credential-names";
import type { Source } from "./dependencies";
import { Dictionary, Leaf, leaves, textOf, at, writtenOf } from "./leaves";
import { looksGenerated } from "./randomness";
import type { Options } from "./rule";
import { sensitiveProperties } from "./sensitive";
import { ValueIndex } from "./value-index";
import { parseJson, stringsOf, viewsOf } from "./views";

/**
 * Where a value comes from, the first that fits:
 * `unknown` not known before the update, so it comes from another resource;
 * `config` it stands in the stack's configuration, as a whole or in part;
 * `generated` it is or holds a secret output of a random, tls or key resource of the stack;
 * `dependency` the engine recorded that its property depends on other resources;
 * `secret` it is marked secret and has no origin: a literal that was only marked;
 * `literal` it stands in the program.
 */
export type Provenance = "unknown" | "config" | "generated" | "dependency" | "secret" | "literal";

/** The origin of one leaf. */
export interface Origin {
  readonly provenance: Provenance;
  /** The configuration has it as an encrypted setting. */
  readonly secretConfiguration: boolean;
  /** The configuration has the whole value as a setting in plain text. */
  readonly plainConfiguration: boolean;
  /** It is or holds a generated value, whatever else it holds. */
  readonly generated: boolean;
  /** The resources on which its top-level property depends; always empty while a resource is checked alone. */
  readonly sources: readonly Source[];
}

/** What is known about the surroundings of a leaf. Without generated values and sources a resource is looked at alone. */
export interface Surroundings {
  readonly configuration: StackConfiguration;
  readonly generated?: ReadonlySet<string> | GeneratedValues;
  readonly sources?: Readonly<Record<string, readonly Source[]>>;
  /** See {@link keptValues}. */
  readonly kept?: ReadonlyMap<string, GeneratedValues>;
  /** Filled as rules ask, so that each leaf is judged once. */
  readonly origins?: Map<Leaf, Origin>;
}

/** Resources of which every output is made anew; a random name or id is no secret, whatever it is used for. */
const GENERATORS = /^(?:random:index\/random(?:Password|Bytes):|tls:)/;
/** Resources with no output but secret ones: what depends on one of them alone and is not known yet is a secret. */
const NOTHING_BUT_SECRET: readonly string[] = [
  "random:index/randomPassword:RandomPassword",
  "random:index/randomBytes:RandomBytes",
];

/** Tells where a leaf comes from. */
export function originOf(leaf: Leaf, surroundings: Surroundings): Origin {
  const known = surroundings.origins?.get(leaf);
  if (known) return known;
  const origin = originIn(leaf, surroundings);
  surroundings.origins?.set(leaf, origin);
  return origin;
}

function originIn(leaf: Leaf, surroundings: Surroundings): Origin {
  const text = writtenOf(leaf);
  const configured = text === undefined ? undefined : surroundings.configuration.find(text);
  const sources = surroundings.sources?.[String(leaf.path[0])] ?? [];
  const generated =
    text !== undefined &&
    (holdsGenerated(text, surroundings.generated) || isKept(text, sources, surroundings.kept));
  const provenance = ((): Provenance => {
    if (leaf.kind === "unknown") return "unknown";
    if (configured) return "config";
    if (generated) return "generated";
    if (sources.length > 0) return "dependency";
    return leaf.secret === "none" ? "literal" : "secret";
  })();
  return {
    provenance,
    secretConfiguration: configured?.secret === true,
    plainConfiguration: configured?.secret === false && configured.whole,
    generated,
    sources,
  };
}

/** True where a text has something of what the store held that it comes from; few stacks have such a store. */
function isKept(text: string, sources: readonly Source[], kept: Surroundings["kept"]): boolean {
  if (kept === undefined || kept.size === 0) return false;
  return sources.some((source) => kept.get(keyOf(source))?.heldIn(text) === true);
}

/** True for a type whose resources make secrets: random passwords and bytes, tls ones, and issuers of keys. */
export function generates(type: string): boolean {
  return GENERATORS.test(type) || sensitiveProperties(type, "key-material").length > 0;
}

/** True for a type that a secret may be taken from: one that makes it, or one that was given it and is checked for that itself. */
export function yieldsSecrets(type: string): boolean {
  return generates(type) || sensitiveProperties(type).length > 0;
}

/** True when a value that is not known yet can only be a secret: nothing else comes out of the resources that it depends on. */
export function isSecretToBe(sources: readonly Source[]): boolean {
  return sources.length > 0 && sources.every(({ type }) => NOTHING_BUT_SECRET.includes(type));
}

/** Below this length a generated value is only recognised as a whole. */
const CONTAINED_FROM = 12;
/** A generated value shorter than this one is not looked for: it would be found in harmless settings by chance. */
const SHORTEST_GENERATED = 6;

/** The secret values that the resources of a stack made. Never print one. */
export class GeneratedValues {
  readonly #values = new ValueIndex<true>(CONTAINED_FROM);

  constructor(values: Iterable<string>) {
    for (const value of values)
      if (value.length >= SHORTEST_GENERATED) this.#values.add(value, true);
  }

  /** True when a text is or holds one of them, in base64 or JSON too. */
  heldIn(text: string): boolean {
    if (this.#values.size === 0) return false;
    return viewsOf(text).some((view) => {
      const [first] = this.#values.find(view);
      return first !== undefined;
    });
  }
}

/** What is looked at for secret values. */
interface Yielding {
  readonly type: string;
  readonly name: string;
  readonly properties: Dictionary;
  readonly options?: Options;
}

/** The secret values that the given resources made. Inputs such as keepers are not among them. */
export function generatedValues(
  resources: Iterable<Pick<Yielding, "type" | "properties">>,
): Set<string> {
  const values = new Set<string>();
  // Properties are read from the engine's message only where there is something to look for.
  for (const resource of resources)
    for (const name of sensitiveProperties(resource.type, "key-material")) {
      const output = at(resource.properties, name);
      if (output === undefined) continue;
      for (const leaf of leaves(output)) {
        // A stored document has user names and the like beside its values, each once more for every slot (`username_a`).
        const key = String(leaf.path.at(-1) ?? "").replace(/_[a-h]$/, "");
        if (isBesideCredential(key)) continue;
        const text = textOf(leaf);
        if (text) values.add(text);
      }
    }
  return values;
}

/**
 * What stores held when versions were taken over, by their resource. A value vouches for what depends on that resource, and for nothing else: a
 * new version could be created with a literal of the program.
 */
export function keptValues(resources: Iterable<Yielding>): ReadonlyMap<string, GeneratedValues> {
  const kept = new Map<string, GeneratedValues>();
  for (const resource of resources) {
    const texts = keptProperties(resource).flatMap((name) =>
      [...leaves(at(resource.properties, name) ?? NOTHING)].flatMap(keptTexts),
    );
    if (texts.length > 0) kept.set(keyOf(resource), new GeneratedValues(texts));
  }
  return kept;
}

function keyOf({ type, name }: Source): string {
  return `${type} ${name}`;
}

/** What a store keeps although the program's changes to it are ignored. */
function keptProperties({ type, options: { ignoreChanges = [] } = {} }: Yielding): string[] {
  if (ignoreChanges.length === 0) return [];
  const stored = sensitiveProperties(type, "stored-value").map((name) => name.split(".")[0] ?? "");
  return stored.filter((name) => ignoreChanges.includes(name));
}

/** The marked texts that look random: words are likely to be a person's. */
function keptTexts(leaf: Leaf): string[] {
  if (leaf.secret === "none") return [];
  const text = textOf(leaf) ?? "";
  return [text, ...stringsOf(parseJson(text))].filter(looksGenerated);
}

/** True when a text is, or holds, one of the generated values, for example as the password of an address. */
export function holdsGenerated(
  text: string,
  generated: ReadonlySet<string> | GeneratedValues = NONE,
): boolean {
  const values = generated instanceof GeneratedValues ? generated : new GeneratedValues(generated);
  return values.heldIn(text);
}

const NONE = new GeneratedValues([]);
const NOTHING: Leaf = { kind: "unknown", path: [], secret: "none" };
