import { createHash } from "node:crypto";
import type { Finding, PlanDocument } from "./document";
import { RULES, RULE_IDS } from "./rules";

/** The form that code scanning takes. */
const SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json";

/**
 * The findings of a plan as SARIF 2.1.0, for GitHub's code scanning and others. Every rule is listed, so that an alert closes when its
 * finding is gone; the fingerprint names rule and secret, so that a moved line is the same alert.
 */
export function sarifOf(plan: PlanDocument, version: string): object {
  return {
    $schema: SCHEMA,
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "rekey", semanticVersion: version, rules: RULE_IDS.map(ruleOf) } },
        automationDetails: { id: `rekey-plan/${plan.stack}/` },
        columnKind: "utf16CodeUnits",
        results: plan.findings.map((finding) => resultOf(finding, plan)),
      },
    ],
  };
}

function ruleOf(id: (typeof RULE_IDS)[number]): object {
  const { level, title, help } = RULES[id];
  return {
    id,
    name: id,
    shortDescription: { text: title },
    fullDescription: { text: `${title}. ${help}` },
    help: { text: help },
    defaultConfiguration: { level },
    properties: { tags: ["security", "secrets", "rotation"] },
  };
}

function resultOf(finding: Finding, { file, stack }: PlanDocument): object {
  const { rule, level, message, remedy, line } = finding;
  return {
    ruleId: rule,
    ruleIndex: RULE_IDS.indexOf(rule),
    level,
    message: { text: `${plain(message)}. ${plain(remedy)}.` },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: file, uriBaseId: "%SRCROOT%" },
          region: { startLine: line },
        },
      },
    ],
    partialFingerprints: { "rekeyPlan/v1": fingerprintOf(finding, stack) },
  };
}

function fingerprintOf({ rule, secret, path }: Finding, stack: string): string {
  return createHash("sha256").update([rule, stack, secret, path].join("\n")).digest("hex");
}

/** SARIF reads brackets as links. */
function plain(text: string): string {
  return text.replace(/[[\]]/g, "\\$&");
}
