import { Command } from "commander";
import type { EmergencyArguments } from "../emergency-run";
import { NO_VALIDATE, TO_STORE, VALUE_STDIN, examples, stackOptions } from "./options";

/** `rekey emergency`: replaces what was exposed and retires it at once. */
export function emergencyCommand(): Command {
  const command = stackOptions(
    new Command("emergency")
      .description(
        "Replace exposed secrets as fast as their consumers allow: stage and activate in one update, retire in the next, without a grace. What is in use is still never touched before its successor serves. Whoever holds an old value is cut off. Broken off, run it again.",
      )
      .argument("[secrets...]", "names of secrets")
      .option("--group <group>", "the secrets of a target group")
      .option("--system <system>", "the secrets of a system")
      .option("--readable-by <role>", "what a role of people can read")
      .option("--all", "every secret")
      .option("--reason <text>", "why, for the record; required")
      .option("--by <who>", "who, for the record (default: git's user.email, or the user name)")
      .option("--value-stdin", VALUE_STDIN)
      .option(...TO_STORE)
      .option(...NO_VALIDATE)
      .option("--yes", "do not ask for confirmation")
      .option("--dry-run", "show the first step, and change nothing"),
  );
  return examples(command, [
    'rekey emergency SECRET_KEY -s prod --reason "leaked in a build log"',
    'rekey emergency --readable-by developer -s prod --reason "laptop stolen" --yes',
    'rekey emergency --all -s prod --reason "state was exposed" --dry-run',
  ]).action(async (names: string[], options: EmergencyArguments) => {
    const { runEmergency } = require("../emergency-run") as typeof import("../emergency-run");
    await runEmergency(names, options);
  });
}
