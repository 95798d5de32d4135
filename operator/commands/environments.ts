import { Command } from "commander";
import type { EnvironmentsOptions } from "../environments-run";
import { examples } from "./options";

/** `rekey environments`: whether two environments share a value. */
export function environmentsCommand(): Command {
  const command = new Command("environments")
    .description(
      "Compare the values that the settings of several stacks hold, in memory, and say which are the same in two environments: values that were taken in, and credentials that programs use. Decrypts the settings with your own rights and prints no value. Public values and ids are left out. Exit code 1 if one is shared.",
    )
    .argument("[stacks...]", "these stacks only (default: all that have a settings file)")
    .option("-C, --cwd <folder>", "the folder with Pulumi.yaml (default: the nearest one upward)")
    .option("--json", "write one JSON document to standard output");
  return examples(command, [
    "rekey environments",
    "rekey environments staging prod",
    "rekey environments --json",
  ]).action(async (stacks: string[], options: EnvironmentsOptions) => {
    const { runEnvironments } =
      require("../environments-run") as typeof import("../environments-run");
    await runEnvironments(stacks, options);
  });
}
