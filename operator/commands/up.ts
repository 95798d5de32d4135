import { Command } from "commander";
import type { UpArguments } from "../up-run";
import { examples, stackOptions } from "./options";

/** `rekey up`: applies the records, after clearing up after an update that was killed. */
export function upCommand(): Command {
  const command = stackOptions(
    new Command("up").description(
      "Bring the stack to what its records say. First clears up after an update that was killed: waits for its processes, clears its lock if its process is gone, settles what nobody saw end. Then runs the engine with the policy pack. Ctrl-C ends it as it ends `pulumi up`: the first lets the engine finish what is under way, the second ends it at once. Killed at any point, run it again.",
    ),
  ).option("--expect-no-changes", "fail if anything would change");
  return examples(command, [
    "rekey up -s prod",
    "rekey up -s prod --json",
    "rekey up -s prod --expect-no-changes",
  ]).action(async (options: UpArguments) => {
    const { runUp } = require("../up-run") as typeof import("../up-run");
    await runUp(options);
  });
}
