import { Command } from "commander";
import type { ConvergenceOptions } from "../convergence/run";
import { examples, stackOptions } from "./options";

/** `rekey convergence`: whether all stores hold the same, and what the record says. */
export function convergenceCommand(): Command {
  const command = stackOptions(
    new Command("convergence")
      .description(
        "Ask every store of the stack which generation of each secret it holds, and compare the values in memory: with each other by a fingerprint whose key ends with the command, with the record by generation, with the state by the store's own version ids. Reads values with your own credentials and prints none. Exit code 1 unless all are equal.",
      )
      .argument("[secrets...]", "these secrets only (default: all of the stack)"),
  );
  return examples(command, [
    "rekey convergence -s prod",
    "rekey convergence -s prod --json",
    "rekey convergence JWT_SECRET -s prod",
  ]).action(async (secrets: string[], options: Omit<ConvergenceOptions, "secrets">) => {
    const { runConvergence } = require("../convergence/run") as typeof import("../convergence/run");
    await runConvergence({ ...options, secrets });
  });
}
