import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Command, CommanderError } from "commander";
import { report } from "./errors";

/**
 * A command as the overview lists it; the rest of it is loaded only when it runs. Loaded by `require`: the loader transpiles what is
 * required, while a dynamic `import` goes past it.
 */
interface Entry {
  readonly name: string;
  readonly summary: string;
  readonly hidden?: boolean;
  readonly load: () => Command;
}

const move = (
  name: "stage" | "activate" | "retire" | "withdraw" | "rollback" | "rotate",
  summary: string,
) => ({
  name,
  summary,
  load: () => (require("./commands/moves") as typeof import("./commands/moves")).moveCommand(name),
});

const COMMANDS: readonly Entry[] = [
  {
    name: "status",
    summary: "which generation of each secret is in use, staged or in grace",
    load: () =>
      (require("./commands/status") as typeof import("./commands/status")).statusCommand(),
  },
  move("rotate", "stage and activate in one update"),
  move("stage", "issue the next generation; nobody uses it yet"),
  move("activate", "move the consumers to the staged generation"),
  move("retire", "end the generation in grace"),
  move("rollback", "move the consumers back to the generation in grace"),
  move("withdraw", "drop a staged generation that proved bad"),
  {
    name: "emergency",
    summary: "replace exposed secrets and retire them at once",
    load: () =>
      (require("./commands/emergency") as typeof import("./commands/emergency")).emergencyCommand(),
  },
  {
    name: "plan",
    summary: "what a change of the records does, and what is wrong with it",
    load: () => (require("./commands/plan") as typeof import("./commands/plan")).planCommand(),
  },
  {
    name: "due",
    summary: "the age of every secret, and what is due",
    load: () => (require("./commands/due") as typeof import("./commands/due")).dueCommand(),
  },
  {
    name: "intake",
    summary: "take in the first value of an externally issued secret",
    load: () =>
      (require("./commands/intake") as typeof import("./commands/intake")).intakeCommand(),
  },
  {
    name: "up",
    summary: "apply the records: recover, update, verify",
    load: () => (require("./commands/up") as typeof import("./commands/up")).upCommand(),
  },
  {
    name: "adopt",
    summary: "take over secrets that already run in production",
    load: () => (require("./commands/adopt") as typeof import("./commands/adopt")).adoptCommand(),
  },
  {
    name: "audit",
    summary: "who read or made credentials while one was exposed",
    load: () => (require("./commands/audit") as typeof import("./commands/audit")).auditCommand(),
  },
  {
    name: "convergence",
    summary: "whether every store holds what the record says",
    load: () =>
      (
        require("./commands/convergence") as typeof import("./commands/convergence")
      ).convergenceCommand(),
  },
  {
    name: "environments",
    summary: "whether two environments share a value",
    load: () =>
      (
        require("./commands/environments") as typeof import("./commands/environments")
      ).environmentsCommand(),
  },
  {
    name: "keys",
    summary: "service-account keys outside the stack, and their end",
    load: () => (require("./commands/keys") as typeof import("./commands/keys")).keysCommand(),
  },
  {
    name: "rehearse",
    summary: "run a whole rotation on this machine, against local clouds",
    load: () =>
      (require("../rehearsal/command") as typeof import("../rehearsal/command")).rehearseCommand(),
  },
  {
    name: "engine",
    summary: "which Pulumi CLI is used, and where it came from",
    load: () =>
      (require("./commands/engine") as typeof import("./commands/engine")).engineCommand(),
  },
  {
    name: "local-env",
    summary: "apply a local database's password",
    hidden: true,
    load: () =>
      (require("./commands/local-env") as typeof import("./commands/local-env")).localEnvCommand(),
  },
];

const EXIT_CODES = `
Exit codes:
  0  done
  1  failed on the way; the message says how to go on
  2  wrong input or settings: nothing changed

Examples:
  rekey status -s prod
  rekey rotate CLOUD_SQL_PASSWORD -s prod --reason "yearly rotation"
  rekey up -s prod
  rekey <command> --help`;

/** Options that may stand before the command, with the number of arguments that each takes. */
const GLOBAL = new Map([
  ["-s", 1],
  ["--stack", 1],
  ["-C", 1],
  ["--cwd", 1],
]);

/** The name of the command in the arguments, for `help <command>` too. */
function invoked(args: readonly string[]): string | undefined {
  for (let index = 0; index < args.length; index++) {
    const arg = args[index] ?? "";
    if (arg.startsWith("-")) index += GLOBAL.get(arg) ?? 0;
    else if (arg !== "help") return arg;
  }
  return undefined;
}

/** The whole command line. Only the command that is called is loaded, so that help and mistakes answer at once. */
function commandLine(args: readonly string[]): Command {
  const program = new Command("rekey")
    .description(
      "Rotate secrets declared with Pulumi: each move is an edit of Pulumi.<stack>.yaml.",
    )
    .version(version(), "-V, --version", "print the version")
    .option("-s, --stack <name>", "the stack (default: $PULUMI_STACK, or the only one)")
    .option("-C, --cwd <folder>", "the folder with Pulumi.yaml (default: the nearest one upward)")
    .option("--json", "write one JSON document to standard output")
    .addHelpText("after", EXIT_CODES)
    .enablePositionalOptions();
  const called = invoked(args);
  for (const entry of COMMANDS) {
    const command = entry.name === called ? entry.load() : new Command(entry.name);
    program.addCommand(command.summary(entry.summary), { hidden: entry.hidden === true });
  }
  program.hook("preAction", (_program, command) => handDown(program, command));
  strict(program);
  return program;
}

/** `rekey -s prod status` means `rekey status -s prod`. */
function handDown(program: Command, command: Command): void {
  for (const [key, value] of Object.entries(program.opts<Record<string, unknown>>()))
    if (command.options.some((option) => option.attributeName() === key))
      if (command.getOptionValueSource(key) !== "cli")
        command.setOptionValueWithSource(key, value, "cli");
}

/** Every mistake is thrown, so that one place reports it, in JSON where that was asked for. */
function strict(command: Command): void {
  command.exitOverride().configureOutput({ outputError: () => undefined });
  command.commands.forEach(strict);
}

function version(): string {
  const text = readFileSync(join(__dirname, "..", "package.json"), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}

/** Runs the command line and resolves to the exit code: 0 done, 1 failed, 2 wrong input. */
async function main(args: readonly string[]): Promise<number> {
  try {
    await commandLine(args).parseAsync(args, { from: "user" });
    return 0;
  } catch (error) {
    if (
      error instanceof CommanderError &&
      (error.exitCode === 0 || error.code === "commander.help")
    )
      return error.exitCode === 0 ? 0 : 2;
    // A reader such as `head` that has seen enough closes the pipe; there is nobody left to tell.
    if ((error as NodeJS.ErrnoException).code === "EPIPE") return 1;
    return report(error, { json: args.includes("--json") });
  }
}

void main(process.argv.slice(2)).then((code) => {
  // Everything is written by now. What an engine that was killed leaves in this process (a timer of the SDK's) must not hold it; and a
  // command that ended by itself may have set its own verdict.
  process.exit(code !== 0 ? code : (process.exitCode ?? 0));
});
