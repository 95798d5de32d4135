import { Column, printJson, printText, table } from "../output";
import { RekeyError } from "../errors";
import { Whereabouts, openProject } from "../project";
import { lineWidth } from "../status";
import { readDate } from "./ages";
import { LedgerEntry, ledgerOf, movesOf } from "./due";
import { ledgerMarkdown } from "./ledger-markdown";
import { ledgerPage } from "./ledger-page";

/** The options of `rekey due`, as the command line gives them. */
export interface DueOptions extends Whereabouts {
  /** Default: today, UTC. */
  readonly date?: string;
  /** Days of notice. */
  readonly within: string;
  readonly json?: boolean;
  readonly html?: boolean;
  readonly markdown?: boolean;
  /** One line a move, such as `rotate SECRET_KEY JWT_SECRET`, of what can be made without a person. */
  readonly moves?: boolean;
  readonly check?: boolean;
}

/** Prints the age of every secret of the stack; with `--check` one that is overdue sets the exit code to 1. */
export async function runDue(options: DueOptions): Promise<void> {
  const { json, html, markdown, moves } = options;
  if ([json, html, markdown, moves].filter(Boolean).length > 1)
    throw RekeyError.usage({
      message: "one form at a time goes to standard output",
      path: "--json, --html, --markdown, --moves",
      allowed: "one of them",
      fix: "run the command twice",
    });
  const { stack, file, secrets, records } = await openProject(options);
  const environment = file.config["rekey:environment"];
  const ledger = ledgerOf({
    stack,
    environment: typeof environment === "string" ? environment : "unknown",
    date: readDate(options.date ?? new Date().toISOString().slice(0, 10)),
    within: daysOf(options.within),
    secrets,
    records,
  });
  if (json) await printJson(ledger);
  else if (html) await printText(ledgerPage(ledger).trimEnd());
  else if (markdown) await printText(ledgerMarkdown(ledger));
  else if (moves) await printLines(movesOf(ledger).map((one) => [one.move, ...one.names]));
  else await printText(table(ledger.secrets, COLUMNS, lineWidth()));
  if (options.check && ledger.secrets.some(({ status }) => status === "overdue"))
    process.exitCode = 1;
}

/** Nothing at all where there is no line. */
async function printLines(lines: readonly (readonly string[])[]): Promise<void> {
  if (lines.length > 0) await printText(lines.map((line) => line.join(" ")).join("\n"));
}

const COLUMNS: readonly Column<LedgerEntry>[] = [
  { title: "SECRET", value: ({ secret }) => secret },
  { title: "CLASS", value: (entry) => entry.class },
  { title: "AGE", value: ({ ageDays }) => (ageDays === null ? "unknown" : `${ageDays} d`) },
  { title: "PERIOD", value: ({ periodDays }) => `${periodDays} d` },
  { title: "DUE ON", value: ({ dueOn }) => dueOn ?? "-" },
  { title: "STATUS", value: ({ status }) => status },
  { title: "NEXT", value: ({ next }) => next ?? "-" },
];

function daysOf(text: string): number {
  const days = Number(text);
  if (/^\d+$/.test(text) && days <= 365) return days;
  throw RekeyError.usage({
    message: "the days of notice are no whole number",
    path: "--within",
    allowed: "0 to 365",
    fix: "--within 14",
  });
}
