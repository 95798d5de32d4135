import type { SecretDeclaration } from "../components/inventory";
import { table } from "../operator/output";
import type { Kind } from "./clouds";
import type { Verdict } from "./systems/system";
import type { MoveReport } from "./walk";

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
    readonly moves: readonly MoveReport[];
    /** What the load sent, what of it failed, what an emergency cut off as it promises, and how long the load lasted, in seconds. */
    readonly requests: {
      readonly sent: number;
      readonly failed: number;
      readonly cut: number;
      readonly seconds: number;
    };
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

/** Says so of a secret of which nothing could be tried, neither with the old value nor with the new; what is public opens nothing. */
export function unproven(secret: SecretDeclaration, { old, new: now }: Verdict): string[] {
  const tried = [old, now].some((answer) => answer !== "not-applicable");
  return tried || secret.public === true ? [] : [`${secret.name}: nothing was tried with it`];
}

/** What was not as promised after a move. */
export function brokenMove({ secret, move, ok, evidence }: MoveReport): string[] {
  return ok ? [] : [`${secret}, ${move}: ${evidence.join("; ")}`];
}

/** The report for people, no wider than the terminal. */
export function reportText(report: RehearsalReport, width: number): string {
  const { engine, clouds, problems, seconds } = report;
  const systems = report.systems.flatMap(({ name, secrets, moves, requests }) => [
    "",
    name,
    table(secrets, COLUMNS, width),
    "",
    ...secrets.flatMap((secret) => secret.evidence.map((line) => `  ${secret.name}: ${line}`)),
    "",
    `moves: ${walked(moves)}`,
    `requests: ${requests.sent} sent in ${requests.seconds} s, ${requests.failed} failed${cutOffBy(requests)}`,
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

function cutOffBy({ cut }: RehearsalReport["systems"][number]["requests"]): string {
  return cut === 0 ? "" : `, ${cut} cut off by the emergency (401), as it promises`;
}

/** `stage 5, activate 5`: how many secrets each move was walked with, in the order of the walk. */
function walked(moves: readonly MoveReport[]): string {
  const counts = new Map<string, number>();
  for (const { move } of moves) counts.set(move, (counts.get(move) ?? 0) + 1);
  return [...counts].map(([move, count]) => `${move} ${count}`).join(", ");
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
