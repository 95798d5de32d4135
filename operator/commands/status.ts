import { Command } from "commander";
import type { StatusOptions } from "../status";
import { examples, stackOptions } from "./options";

/** `rekey status`: where each secret stands, by the records; of what a rotation function rotates by the deployed state. No cloud is asked. */
export function statusCommand(): Command {
  const command = stackOptions(
    new Command("status").description(
      "Show which generation of each secret is in use, staged or in grace, how old it is, where it is kept and who uses it.",
    ),
  );
  return examples(command, ["rekey status -s prod", "rekey status --json"]).action(
    async (options: StatusOptions) => {
      const { runStatus } = require("../status") as typeof import("../status");
      await runStatus(options);
    },
  );
}
