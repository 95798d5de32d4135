import { Command } from "commander";
import type { DueOptions } from "../plan/due-run";
import { examples, stackOptions } from "./options";

/** `rekey due`: one ledger of ages for all stores. */
export function dueCommand(): Command {
  const command = stackOptions(
    new Command("due").description(
      "List the age of every secret by its record, whatever store it is in, against the period of its class and environment, and the move that comes next for those that are due.",
    ),
  )
    .option("--date <day>", "the day to judge by, UTC (default: today)")
    .option("--within <days>", "count as due what is due in so many days", "14")
    .option("--html", "write a page with a chart to standard output")
    .option("--markdown", "write what is not fine as a table for a pull request")
    .option(
      "--moves",
      "write the moves that are due and need no person, one line each: the move and its secrets",
    )
    .option("--check", "exit with 1 if anything is overdue");
  return examples(command, [
    "rekey due -s prod",
    "rekey due -s prod --date 2026-01-31 --within 30 --json",
    "rekey due -s prod --html",
    "rekey due -s prod --moves",
  ]).action(async (options: DueOptions) => {
    const { runDue } = require("../plan/due-run") as typeof import("../plan/due-run");
    await runDue(options);
  });
}
