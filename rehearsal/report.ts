import type { SecretDeclaration } from "../components/inventory";
import { table } from "../operator/output";
import type { Kind } from "./clouds";
import type { Verdict } from "./systems/system";

/** One secret's row. */
export interface SecretReport extends Verdict {
  readonly name: string;
  readonly class: string;
  readonly from: number;
  readonly to: number;
  readonly stores: readonly string[];
  readonly consumers: readonly string[];
}

/** What a rehearsal found out; the document that `rekey rehearse --json` prints. */
export interface RehearsalReport {
  readonly engine: { readonly version: string; readonly source: string };
  readonly clouds: readonly { readonly name: string; readonly kind: Kind }[];
  readonly systems: readonly {
    readonly name: string;
    readonly secrets: readonly SecretReport[];
    readonly requests: { readonly sent: number; readonly failed: number };
  }[];
  /** What is not as promised, one line each; empty when everything is. */
  readonly problems: readonly string[];
  /** How long it took once the engine was there, in seconds. */
  readonly seconds: number;
}

/** One secret's row from what is declared and what was found. */
export function secretReport(
  declared: SecretDeclaration,
  from: number,
  to: number,
  verdict: Verdict,
): SecretReport {
  const { name, stores, consumers } = declared;
  return { name, class: declared.class, from, to, stores, consumers, ...verdict };
}

/** What a rotation promises of a secret: the old value is refused, the new one accepted, or why neither applies. */
export function broken({ name, old, new: now, evidence }: SecretReport): string[] {
  return [
    ...(old === "accepted" ? [`${name}: the old value is still accepted`] : []),
    ...(now === "refused" ? [`${name}: the new value is refused`] : []),
    ...(evidence.length === 0 ? [`${name}: there is no evidence`] : []),
  ];
}

/** The report for people, no wider than the terminal. */
export function reportText(report: RehearsalReport, width: number): string {
  const { engine, clouds, problems, seconds } = report;
  const systems = report.systems.flatMap(({ name, secrets, requests }) => [
    "",
    name,
    table(secrets, COLUMNS, width),
    "",
    ...secrets.flatMap((secret) => secret.evidence.map((line) => `  ${secret.name}: ${line}`)),
    "",
    `requests: ${requests.sent} sent, ${requests.failed} failed`,
  ]);
  return [
    `engine: Pulumi ${engine.version} (${engine.source})`,
    `clouds: ${clouds.map(({ name, kind }) => `${name} (${kind})`).join(", ")}`,
    ...systems,
    "",
    ...problems.map((problem) => `NOT AS PROMISED: ${problem}`),
    problems.length === 0
      ? `everything is as promised (${seconds.toFixed(1)} s)`
      : `${problems.length} thing(s) not as promised (${seconds.toFixed(1)} s)`,
  ].join("\n");
}

const COLUMNS = [
  { title: "SECRET", value: (row: SecretReport) => row.name },
  { title: "CLASS", value: (row: SecretReport) => row.class },
  { title: "GENERATION", value: (row: SecretReport) => `${row.from} → ${row.to}` },
  { title: "STORES", value: (row: SecretReport) => row.stores.join(", ") },
  { title: "CONSUMERS", value: (row: SecretReport) => row.consumers.join(", ") },
  { title: "OLD", value: (row: SecretReport) => row.old },
  { title: "NEW", value: (row: SecretReport) => row.new },
];
