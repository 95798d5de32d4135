import { detect } from "./detectors";
import { Finding, InspectedResource, Rule } from "./rule";
import { Path } from "./leaves";
import { Surroundings, holdsGenerated } from "./provenance";

/**
 * The text of a violation: the resource, the property's path, what is wrong and what mends it. The only place where one is built; it
 * never sees a value.
 */
export function messageFor(
  rule: Pick<Rule, "remediation">,
  resource: Pick<InspectedResource, "type" | "name" | "surroundings">,
  finding: Finding,
): string {
  const { name, type, surroundings } = resource;
  const hidden = (text: string) => secretIn(text, surroundings) !== undefined;
  // The engine shows the URN anyway, but a report may be sent where that is not.
  const path = finding.path.map((step) => (hidden(String(step)) ? "*" : step));
  const where = `${type} '${hidden(name) ? "*" : name}' at ${printable(path)}`;
  return `${where}: ${finding.detail}. To mend it: ${rule.remediation}`;
}

/** Below this length an encrypted setting may be a common word, and stand in a name by chance. */
const TELLING = 8;

/** What a name that people gave turns out to hold, in words for a message; undefined when it is a name. */
export function secretIn(name: string, surroundings: Surroundings): string | undefined {
  const found = detect(name);
  if (found) return found;
  if (name.length < TELLING) return undefined;
  if (surroundings.configuration.find(name)?.secret === true) return "an encrypted setting";
  return holdsGenerated(name, surroundings.generated) ? "a generated secret" : undefined;
}

/** A path as `template.containers[0].envs[2].value`. A key that is no plain name could be a value and is left out. */
export function printable(path: Path): string {
  if (path.length === 0) return "itself";
  return path
    .map((step) => (typeof step === "number" ? `[${step}]` : `.${nameOr(step, "*")}`))
    .join("")
    .replace(/^\./, "");
}

/** The text itself when it looks like a name that people give, otherwise the words to say instead: it might be a value. */
export function nameOr(text: string, instead: string): string {
  const plain = /^[A-Za-z_][A-Za-z0-9_.-]{0,63}$/.test(text);
  return plain && longestRun(text) <= LONGEST_WORD ? text : instead;
}

/** Generated texts have no word boundaries; names of people's making have no words as long as this. */
const LONGEST_WORD = 24;

function longestRun(text: string): number {
  return Math.max(...text.split(/[_.-]/).map((word) => word.length));
}
