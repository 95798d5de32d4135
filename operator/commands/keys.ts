import { Command } from "commander";
import type { KeysArguments } from "../keys-run";
import { examples, stackOptions } from "./options";

/** `rekey keys`: service-account keys that the stack does not know, and their end. */
export function keysCommand(): Command {
  const command = stackOptions(
    new Command("keys").description(
      "List the keys of the project's service accounts that are not in the stack, newest last. With --delete, end those that are named: whoever uses one is refused from then on, though tokens made with it live up to an hour.",
    ),
  ).option("--delete <id...>", "the ids of keys to delete, after everything uses another way in");
  return examples(command, [
    "rekey keys -s prod",
    "rekey keys -s prod --json",
    "rekey keys -s prod --delete 0123456789abcdef0123456789abcdef01234567",
  ]).action(async (options: KeysArguments) => {
    const { runKeys } = require("../keys-run") as typeof import("../keys-run");
    await runKeys(options);
  });
}
