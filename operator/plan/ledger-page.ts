import type { DueStatus, Ledger, LedgerEntry } from "./due";

const COLOURS: Record<DueStatus, string> = {
  overdue: "#b3261e",
  due: "#b26a00",
  fine: "#2e7d32",
  unknown: "#6b7280",
};
const WIDTH = 640;
const ROW = 26;
const LABEL = 230;

/**
 * The ledger as one page of HTML without scripts, images or addresses: a chart of ages against periods, and a table that says the same
 * to those who do not see the chart. Works from a file.
 */
export function ledgerPage(ledger: Ledger): string {
  const { stack, environment, date, secrets } = ledger;
  return [
    "<!doctype html>",
    '<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">',
    `<title>Ages of secrets: ${text(stack)}</title><style>${STYLE}</style></head><body>`,
    `<h1>Ages of secrets: ${text(stack)}</h1>`,
    `<p>Environment ${text(environment)}, on ${text(date)}, by the records in Pulumi.${text(stack)}.yaml; no store was asked.</p>`,
    chart(secrets),
    table(secrets),
    "</body></html>",
    "",
  ].join("\n");
}

const STYLE =
  "body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem;color:#1f2937;background:#fff}" +
  "svg{max-width:100%;height:auto}table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #d1d5db}" +
  "td.n{text-align:right}@media(prefers-color-scheme:dark){body{color:#e5e7eb;background:#111827}svg text{fill:#e5e7eb}}";

function chart(secrets: readonly LedgerEntry[]): string {
  const longest = Math.max(1, ...secrets.flatMap((one) => [one.ageDays ?? 0, one.periodDays]));
  const scale = (days: number) => Math.round((days / longest) * (WIDTH - LABEL - 60));
  const rows = secrets.map((one, index) => {
    const y = index * ROW;
    const period = LABEL + scale(one.periodDays);
    const age = one.ageDays === null ? "age unknown" : `${one.ageDays} d`;
    return [
      `<text x="0" y="${y + 17}" font-size="13">${text(one.secret)}</text>`,
      `<rect x="${LABEL}" y="${y + 5}" width="${Math.max(2, scale(one.ageDays ?? 0))}" height="16" fill="${COLOURS[one.status]}"/>`,
      `<line x1="${period}" x2="${period}" y1="${y + 2}" y2="${y + 24}" stroke="currentColor" stroke-width="2"/>`,
      `<text x="${LABEL + scale(Math.max(one.ageDays ?? 0, one.periodDays)) + 6}" y="${y + 17}" font-size="12">${age}</text>`,
    ].join("");
  });
  const label = "Age of each secret in days; the line is what its class allows";
  return `<svg viewBox="0 0 ${WIDTH} ${secrets.length * ROW}" role="img" aria-label="${label}">${rows.join("")}</svg>`;
}

function table(secrets: readonly LedgerEntry[]): string {
  const rows = secrets.map(
    (one) =>
      `<tr><td>${text(one.secret)}</td><td>${text(one.class)}</td><td>${text(one.stores.join(", "))}</td><td class="n">${one.generation}</td>` +
      `<td class="n">${one.ageDays ?? "unknown"}</td><td class="n">${one.periodDays}</td><td>${one.dueOn ?? "-"}</td><td>${one.status}</td></tr>`,
  );
  const head = [
    "Secret",
    "Class",
    "Kept in",
    "Generation",
    "Age, days",
    "Period",
    "Due on",
    "Status",
  ];
  return `<table><thead><tr>${head.map((title) => `<th scope="col">${title}</th>`).join("")}</tr></thead><tbody>${rows.join("\n")}</tbody></table>`;
}

function text(raw: string): string {
  return raw.replace(/[&<>"']/g, (one) => `&#${one.charCodeAt(0)};`);
}
