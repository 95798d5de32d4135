import { Assignment, assignmentsIn } from "./assignments";
import {
  isHarmlessValue,
  isIdentifier,
  isPasswordName,
  isPath,
  isReference,
  nameKind,
} from "./credential-names";
import { detect } from "./detectors";
import { Leaf, textOf, writtenOf } from "./leaves";
import { isKnownPassword } from "./passwords";
import { Origin, Provenance } from "./provenance";
import { holdsExpansion, isPlace, isPlaceholder, looksGenerated } from "./randomness";
import { remember } from "./remember";
import { decodeBase64, viewsOf } from "./views";

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

/** The text of a credential or stored value; a number counts where the name says that it is one, unlike a port beside it. */
export function credentialText(leaf: Leaf): string | undefined {
  const name = leaf.path.filter((step) => typeof step === "string").at(-1) ?? "";
  return nameKind(name) === "credential" ? writtenOf(leaf) : textOf(leaf);
}

/**
 * Why a readable variable holds a credential, as a sentence's end; undefined when it holds none. Needs nothing but the resource and
 * the stack's configuration.
 */
export function plaintextProblem({ leaf, name, bySdk }: Variable, origin: Origin, names: Names) {
  if (name !== undefined && names.allowedNames.includes(name)) return undefined;
  const text = writtenOf(leaf);
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
  if (kind === "other" || !isFilled(text, name)) return undefined;
  return kind === "credential" || isLikelyCredential(text) || isAuthorization(name, text)
    ? `holds a credential as a plain value (${words})`
    : undefined;
}

function kindOf(name: string | undefined, { extraNames }: Names) {
  if (name === undefined) return "perhaps";
  return extraNames.includes(name) ? "credential" : nameKind(name);
}

/** The header of a request, with what lets it in. */
function isAuthorization(name = "", text: string): boolean {
  const [, value] = /^(?:Basic|Bearer|Token|ApiKey)\s+(\S+)$/i.exec(text) ?? [];
  return /authorization$/i.test(name) && value !== undefined && isFilled(value);
}

/** True for a text that only a generator writes and that identifies nothing. */
export function isLikelyCredential(text: string): boolean {
  // Every base64 looks random; what counts is the text in it.
  const bare = decodeBase64(text) ?? text;
  return looksGenerated(bare) && !isIdentifier(bare);
}

/**
 * True for a text that can have been made of a generated value, as a hash of it is: some part of it looks random. What depends on a
 * generator and holds words only has nothing of it.
 */
export function isDerived(text: string): boolean {
  return viewsOf(text).some((view) => view.split(/[^\w+/.$-]+/).some(looksGenerated));
}

/** True when a text gives a value to something that is named like a credential, or sends one along with a request. */
export function holdsAssignment(text: string): boolean {
  return assignedIn(text).credential;
}

/** True when a text gives a default password to something that is named like one. */
export function holdsKnownPassword(text: string): boolean {
  return assignedIn(text).knownPassword;
}

interface Assigned {
  readonly credential: boolean;
  readonly knownPassword: boolean;
}

/** Several rules ask for the same texts, and again at the end of the run. */
const assignedIn = remember((text): Assigned => {
  let [credential, knownPassword] = [false, false];
  for (const assignment of assignmentsIn(text)) {
    const { name, value } = assignment;
    const named = nameKind(name) === "credential" || isAuthorization(name, value);
    if (!named || isGivenLater(assignment) || isCaption(assignment)) continue;
    credential ||= isFilled(value, name);
    knownPassword ||= isPasswordName(name) && isKnownPassword(value);
  }
  return { credential, knownPassword };
});

/** A shell or a template puts the value in when it is there. */
function isGivenLater({ value, quotes }: Assignment): boolean {
  return (quotes === "open" || quotes === "double") && holdsExpansion(value);
}

/** True for a text that is a value, not a place held for one, a switch or a reference. The name tells whether a number may be one. */
export function isFilled(text: string, name?: string): boolean {
  return !isPlaceholder(text) && !isHarmlessValue(text, name);
}

/** True for a text where nothing but a credential can stand: a switch or a number is one there, too. */
export function isLiteral(text: string): boolean {
  if (isPlace(text) || isReference(text) || isPath(text)) return false;
  return isKnownPassword(text) || !isPlaceholder(text);
}

const LONGEST_CAPTION = 300;

/** What a form or a message says to people, as files of translations have it: a sentence, or the name itself as a word. */
function isCaption({ name, value, quotes }: Assignment): boolean {
  if (quotes === "open" || value.length > LONGEST_CAPTION || !/^\p{Lu}/u.test(value)) return false;
  return /\s\S+\s|\s.*[.?!:]$/.test(value) || name.toLowerCase().endsWith(value.toLowerCase());
}

/** The types of the resources that a value depends on, for a message. */
export function sourceTypes({ sources }: Origin): string {
  return [...new Set(sources.map(({ type }) => type))].join(", ");
}
