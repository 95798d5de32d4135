import { detect } from "./detectors";
import { Finding, InspectedResource, Rule } from "./rule";
import { Path } from "./leaves";

/**
 * The text of a violation: the resource, the property's path, what is wrong and what mends it. The only place where one is built; it
 * never sees a value.
 */
export function messageFor(
  rule: Pick<Rule, "remediation">,
  resource: Pick<InspectedResource, "type" | "name">,
  finding: Finding,
): string {
  // The engine shows the URN anyway, but a report may be sent where that is not.
  const name = detect(resource.name) ? "*" : resource.name;
  const where = `${resource.type} '${name}' at ${printable(finding.path)}`;
  return `${where}: ${finding.detail}. To mend it: ${rule.remediation}`;
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
