import { Command } from "commander";
import type { AdoptArguments } from "../adopt-run";
import { examples, stackOptions } from "./options";

/** `rekey adopt`: takes over what already runs in production. */
export function adoptCommand(): Command {
  const command = stackOptions(
    new Command("adopt")
      .description(
        "Take over secrets that already run in production: generation 1 is the value in use, and the first update changes none. Finds the store's entry of each secret (or takes the value in, without echo, and makes one), prepares the database for two users that take turns, and writes the references into the settings file.",
      )
      .argument(
        "[secret...]",
        "the secrets; every one that is kept in Google Secret Manager unless named",
      ),
  )
    .option("--database-user <name>", "the database user in use, for a database credential")
    .option("--database-address <host:port>", "how to reach the database from here")
    .option("--password-stdin", "read the database user's password from standard input")
    .option(
      "--value-stdin",
      "read the missing value from standard input, or several as a JSON map by secret's name",
    )
    .option("--dry-run", "say what would be done; change nothing");
  return examples(command, [
    "rekey adopt -s prod --database-user capanel --database-address 127.0.0.1:5432",
    "rekey adopt SECRET_KEY -s prod",
    "rekey adopt -s prod --dry-run --json",
  ]).action(async (names: string[], options: AdoptArguments) => {
    const { runAdopt } = require("../adopt-run") as typeof import("../adopt-run");
    await runAdopt(names, options);
  });
}
