import { ROTATIONS } from "../../components/records";
import type { Finding, StoreWrites } from "./document";
import type { LineOf } from "./lines";
import { Level, RULES, RULE_IDS, RuleId } from "./rules";
import type { IllegalRecord } from "./side";

/** What a check found, before it is known where that stands in the file. */
export interface Found {
  readonly rule: RuleId;
  /** Where it differs from the rule's own. */
  readonly level?: Level;
  /** Below the record, such as `slots.a`; empty for the record itself. */
  readonly at: string;
  readonly message: string;
  readonly remedy: string;
}

/** A finding with its level, path and line; `secret` is null for what concerns the whole stack. */
export function findingOf(found: Found, secret: string | null, lineOf: LineOf): Finding {
  const { rule, at, message, remedy } = found;
  return {
    rule,
    level: found.level ?? RULES[rule].level,
    secret,
    path: [ROTATIONS, secret, at].filter(Boolean).join("."),
    line: lineOf(secret, at),
    message: bounded(message),
    remedy: bounded(remedy),
  };
}

/** A record that the program would refuse, in the reader's words. */
export function illegalRecord({ secret, problem }: IllegalRecord, lineOf: LineOf): Finding {
  const record = `${ROTATIONS}.${secret}`;
  const at = problem.path.startsWith(`${record}.`) ? problem.path.slice(record.length + 1) : "";
  const message = `${secret}: ${problem.path} ${problem.problem}; allowed: ${problem.allowed}`;
  return findingOf(
    { rule: "illegal-record", at, message, remedy: problem.fix },
    secret.slice(0, 200),
    lineOf,
  );
}

/** One finding for each store whose window the update overruns. */
export function overQuota(writes: readonly StoreWrites[]): Found[] {
  return writes
    .filter(({ seconds }) => seconds > 0)
    .map(({ store, writes: count, quota, seconds }) => ({
      rule: "store-quota" as const,
      at: "",
      message: `${count} writes to ${store}, which takes ${quota}: at least ${seconds} s more`,
      remedy: "rotate group by group: `rekey rotate --group <group>`",
    }));
}

const LEVELS: readonly Level[] = ["error", "warning", "note"];

/** Errors first; then by rule, in the table's order, and by line. */
export function sortFindings(findings: readonly Finding[]): Finding[] {
  const rank = (finding: Finding) => [
    LEVELS.indexOf(finding.level),
    RULE_IDS.indexOf(finding.rule),
    finding.line,
  ];
  return [...findings].sort((one, other) => {
    const [left, right] = [rank(one), rank(other)];
    const at = left.findIndex((value, index) => value !== right[index]);
    return at === -1 ? 0 : (left[at] ?? 0) - (right[at] ?? 0);
  });
}

function bounded(text: string): string {
  return text.length > 1900 ? `${text.slice(0, 1900)}…` : text;
}
