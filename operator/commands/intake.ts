import { Command } from "commander";
import type { IntakeRunOptions } from "../intake-run";
import { NO_VALIDATE, TO_STORE, examples, stackOptions } from "./options";

/** `rekey intake`: the value of a generation that has none yet; new generations come by `stage` and `rotate`. */
export function intakeCommand(): Command {
  const command = stackOptions(
    new Command("intake")
      .description(
        "Take in the value of an externally issued secret whose live generation has none yet, or the value that a generated secret of a machine runs with, before its first update. A new value needs a new generation: `rekey stage`.",
      )
      .argument("<secret>", "the secret's name")
      .option("--value-stdin", "read the value from standard input (default: ask without echo)")
      .option(...TO_STORE)
      .option(...NO_VALIDATE),
  );
  return examples(command, [
    "rekey intake VITE_STRAPI_API_KEY -s prod",
    "… | rekey intake VITE_STRAPI_API_KEY -s prod --value-stdin",
    "rekey intake VITE_STRAPI_API_KEY -s prod --to-store",
    "… | rekey intake ENCRYPTION_KEY -s panel --value-stdin",
  ]).action(async (name: string, options: IntakeRunOptions) => {
    const { runIntake } = require("../intake-run") as typeof import("../intake-run");
    await runIntake(name, options);
  });
}
