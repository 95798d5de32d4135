import { Command } from "commander";

/** `rekey local-env apply`: what the LocalEnvFile component runs. Not for people, so help leaves it out. */
export function localEnvCommand(): Command {
  const command = new Command("local-env").description("apply a local database's password");
  command
    .command("apply")
    .description("reads what shall be from standard input, as JSON")
    .action(async () => {
      const { applyLocalEnv, readOrder } = require("../local-env") as typeof import("../local-env");
      const chunks: Buffer[] = [];
      for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
      console.log(await applyLocalEnv(readOrder(Buffer.concat(chunks).toString("utf8"))));
    });
  return command;
}
