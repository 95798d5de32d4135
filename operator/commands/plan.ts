import { Command } from "commander";
import type { PlanOptions } from "../plan/run";
import { examples, stackOptions } from "./options";

/** `rekey plan`: what a change of the records does, and what is wrong with it. */
export function planCommand(): Command {
  const command = stackOptions(
    new Command("plan").description(
      "Compare the records with those at the merge base and with the deployed state: which moves a change makes, in what order, what they interrupt, and what is wrong with them. Reads no clock and opens no secret; needs neither passphrase nor credentials beyond those of the state's backend.",
    ),
  )
    .option(
      "--base <ref>",
      "compare with the merge base of HEAD and this (default: origin/HEAD, origin/main or main)",
    )
    .option(
      "--state <file>",
      "the deployed state, from `pulumi stack export` (default: asked of the engine)",
    )
    .option("--no-state", "compare with the base alone")
    .option(
      "--rehearse",
      "if a secret moves, or the program, the policies or the settings changed: bring up the base in the rehearsal and preview the change there",
    )
    .option("--date <day>", "the day against which ages are judged, UTC, such as 2026-01-31")
    .option("--markdown", "write a comment for a pull request to standard output")
    .option("--sarif", "write the findings as SARIF 2.1.0 to standard output")
    .option("--out <folder>", "also write plan-<stack>.json, .md and .sarif there")
    .option("--from <file>", "show a plan that was made before, read as data");
  examples(command, [
    "rekey plan -s prod",
    "rekey plan -s prod --base main --date 2026-01-31",
    "rekey plan -s prod --state state.json --markdown",
    "rekey plan --from plan-prod.json --markdown",
  ]);
  return command
    .addHelpText(
      "after",
      "\nExit codes:\n  0  no finding of error level\n  1  findings of error level\n  2  wrong input",
    )
    .action(async (options: PlanOptions) => {
      const { runPlan } = require("../plan/run") as typeof import("../plan/run");
      await runPlan(options);
    });
}
