import { Command } from "commander";
import { standardInput } from "../standard-input";

/** `rekey local-env apply` and `write`: what the LocalEnvFile and DeveloperEnvFile components run. Not for people, so help leaves them out. */
export function localEnvCommand(): Command {
  const command = new Command("local-env").description("give this machine its values");
  command
    .command("apply")
    .description("reads what shall be from standard input, as JSON")
    .action(async () => {
      const { applyLocalEnv, readOrder } = require("../local-env") as typeof import("../local-env");
      console.log(await applyLocalEnv(readOrder(await standardInput())));
    });
  command
    .command("write")
    .description("writes an env file's variables, read from standard input as JSON")
    .action(async () => {
      const { readEnvFileOrder, writeEnvFile } =
        require("../env-file") as typeof import("../env-file");
      console.log(await writeEnvFile(readEnvFileOrder(await standardInput())));
    });
  return command;
}
