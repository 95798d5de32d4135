import { Column, printJson, printText, table } from "../output";
import { RekeyError } from "../errors";
import { Whereabouts, openProject } from "../project";
import { lineWidth } from "../status";
import { readDate } from "./ages";
import { LedgerEntry, ledgerOf } from "./due";
import { ledgerPage } from "./ledger-page";

/** The options of `rekey due`, as the command line gives them. */
export interface DueOptions extends Whereabouts {
  /** Default: today, UTC. */
  readonly date?: string;
  /** Days of notice. */
  readonly within: string;
  readonly json?: boolean;
  readonly html?: boolean;
  readonly check?: boolean;
}

/** Prints the age of every secret of the stack; with `--check` one that is overdue sets the exit code to 1. */
export async function runDue(options: DueOptions): Promise<void> {
  if (options.json && options.html)
    throw RekeyError.usage({
      message: "one form at a time goes to standard output",
      path: "--json, --html",
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
  if (options.json) await printJson(ledger);
  else if (options.html) await printText(ledgerPage(ledger).trimEnd());
  else await printText(table(ledger.secrets, COLUMNS, lineWidth()));
  if (options.check && ledger.secrets.some(({ status }) => status === "overdue"))
    process.exitCode = 1;
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
