import { assignmentsIn } from "./assignments";
import { isHarmlessValue, isIdentifier, isReference, nameKind } from "./credential-names";
import { detect } from "./detectors";
import { Leaf, textOf } from "./leaves";
import { Origin, Provenance } from "./provenance";
import { isPlaceholder, looksGenerated } from "./randomness";
import { decodeBase64 } from "./views";

/** Where a value comes from, in the words of messages. */
export const ORIGINS: Readonly<Record<Provenance, string>> = {
  unknown: "the output of another resource",
  config: "a value from the stack's configuration",
  generated: "a generated value",
  dependency: "the output of another resource",
  secret: "a secret value, but the mark only encrypts Pulumi's state",
  literal: "a literal",
};

/** Below this length a configured secret may be a common word; only its name can say that it is meant. */
const TELLING = 8;

/** What a variable may be called, from the settings of a rule. */
export interface Names {
  readonly extraNames: readonly string[];
  readonly allowedNames: readonly string[];
}

/** A variable that everyone reads who may see its resource. */
export interface Variable {
  readonly leaf: Leaf;
  /** Undefined where it is not known, or the text has no name of its own. */
  readonly name: string | undefined;
  /** The SDK marks the property secret whatever stands there, so the mark tells nothing. */
  readonly bySdk?: boolean;
}

/**
 * Why a readable variable holds a credential, as a sentence's end; undefined when it holds none. Needs nothing but the resource and
 * the stack's configuration.
 */
export function plaintextProblem({ leaf, name, bySdk }: Variable, origin: Origin, names: Names) {
  if (name !== undefined && names.allowedNames.includes(name)) return undefined;
  const text = textOf(leaf);
  if (leaf.kind === "scalar" && (text === undefined || text === "")) return undefined;
  const words = ORIGINS[origin.provenance];
  if (leaf.secret === "self" && bySdk !== true)
    return `holds a value that is marked secret, in plain (${words})`;
  const kind = kindOf(name, names);
  if (text === undefined)
    return kind === "credential" ? `holds a credential as a plain value (${words})` : undefined;
  if (origin.secretConfiguration && (text.length >= TELLING || kind === "credential"))
    return "holds a secret of the stack's configuration as a plain value";
  const found = detect(text) ?? (holdsAssignment(text) ? "a credential within a text" : undefined);
  if (found) return `holds ${found} as a plain value (${words})`;
  if (kind === "other" || isPlaceholder(text) || isHarmlessValue(text)) return undefined;
  return kind === "credential" || isLikelyCredential(text)
    ? `holds a credential as a plain value (${words})`
    : undefined;
}

function kindOf(name: string | undefined, { extraNames }: Names) {
  if (name === undefined) return "perhaps";
  return extraNames.includes(name) ? "credential" : nameKind(name);
}

/** True for a text that only a generator writes and that identifies nothing. */
export function isLikelyCredential(text: string): boolean {
  // Every base64 looks random; what counts is the text in it.
  const bare = decodeBase64(text) ?? text;
  return looksGenerated(bare) && !isIdentifier(bare);
}

/** True when a text gives a value to something that is named like a credential. */
export function holdsAssignment(text: string): boolean {
  for (const { name, value } of assignmentsIn(text))
    if (nameKind(name) === "credential" && isFilled(value)) return true;
  return false;
}

/** True for a text that is a value, not a place held for one, a switch or a reference. */
export function isFilled(text: string): boolean {
  if (text.startsWith("$") || text.includes("$(") || text.includes("${") || text.includes("{{"))
    return false;
  return !isPlaceholder(text) && !isHarmlessValue(text) && !isReference(text);
}

/** The types of the resources that a value depends on, for a message. */
export function sourceTypes({ sources }: Origin): string {
  return [...new Set(sources.map(({ type }) => type))].join(", ");
}
