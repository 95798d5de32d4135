import { Command } from "commander";

/** Adds the options of every command that works on a stack. */
export function stackOptions(command: Command): Command {
  return command
    .option(
      "-s, --stack <name>",
      "the stack (default: $PULUMI_STACK, or the only one with a settings file)",
    )
    .option("-C, --cwd <folder>", "the folder with Pulumi.yaml (default: the nearest one upward)")
    .option("--json", "write one JSON document to standard output");
}

/** The option of every command that takes a new value in. */
export const NO_VALIDATE = [
  "--no-validate",
  "take a new value in without asking its issuer whether it is valid",
] as const;

/** The option of every command that takes a new value in; where its value is kept. */
export const TO_STORE = [
  "--to-store",
  "put a new value into its store at once, as a version of its own that nobody uses yet, and only its reference into the settings file (default: the value, encrypted)",
] as const;

/** What `--value-stdin` reads, where several secrets may need a value. */
export const VALUE_STDIN =
  "read new values of externally issued secrets from standard input: the one that is wanted, or a JSON map by secret's name, whose values are texts, or objects of a value's parts";

/** Adds examples below a command's help. */
export function examples(command: Command, lines: readonly string[]): Command {
  return command.addHelpText(
    "after",
    ["", "Examples:", ...lines.map((line) => `  ${line}`)].join("\n"),
  );
}
