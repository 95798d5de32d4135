import { ConfigurationError } from "../components/errors";
import { hasPrinted, type OutputStream, printJson, printText, widthOf, wrap } from "./output";

/** The parts of an error that a person or a script can act on. No part may hold a secret value. */
export interface RekeyProblem {
  /** A short name for scripts that never changes, such as `usage` or `engine-not-found`. */
  code: string;
  /** What is wrong, in one line. */
  message: string;
  /** 2 for a mistake in how rekey was called or configured, 1 for anything that failed. Default: 1. */
  exitCode?: 1 | 2;
  /** The setting or argument at fault, as `pulumi config` or the command line names it. */
  path?: string;
  /** The values that are allowed, in words. */
  allowed?: string;
  /** The command or edit that mends it. */
  fix?: string;
  /** What led to it; its message is never printed. */
  cause?: unknown;
}

/** Ends a command with an exit code and a message that says how to go on. Never holds a secret value. */
export class RekeyError extends Error {
  readonly code: string;
  readonly exitCode: 1 | 2;
  readonly path?: string;
  readonly allowed?: string;
  readonly fix?: string;

  constructor(problem: RekeyProblem) {
    super(problem.message, problem.cause === undefined ? undefined : { cause: problem.cause });
    this.name = "RekeyError";
    this.code = problem.code;
    this.exitCode = problem.exitCode ?? 1;
    this.path = problem.path;
    this.allowed = problem.allowed;
    this.fix = problem.fix;
  }

  /** A mistake in how rekey was called: code `usage`, exit code 2. */
  static usage(problem: Omit<RekeyProblem, "code" | "exitCode">): RekeyError {
    return new RekeyError({ ...problem, code: "usage", exitCode: 2 });
  }

  /**
   * Turns whatever was thrown into an error that can be reported. Mistakes in the configuration and in the arguments get exit
   * code 2, all else 1. Of the engine's failures only its own `error:` lines are kept.
   */
  static from(error: unknown): RekeyError {
    if (error instanceof RekeyError) return error;
    if (!(error instanceof Error)) {
      return new RekeyError({
        code: "unexpected",
        message: "something other than an error was thrown",
      });
    }
    const problem = fromConfiguration(error) ?? fromCommander(error) ?? fromEngine(error);
    return new RekeyError({ ...(problem ?? fromAny(error)), cause: error });
  }

  /** The form for scripts; parts that are missing are left out. */
  toJSON(): { error: Record<string, string> } {
    const parts = { code: this.code, message: oneLine(this.message), ...this.#hints() };
    return { error: parts };
  }

  /** The form for people: the message, then one line each for the setting, what is allowed and the fix. */
  toText(width: number): string {
    const hints = Object.entries(this.#hints()).map(([name, text]) => {
      const label = name === "path" ? "setting" : name;
      return wrap(`  ${label.padEnd(8)} ${oneLine(text)}`, width, 11);
    });
    return [wrap(`error: ${oneLine(this.message)}`, width, 2), ...hints].join("\n");
  }

  #hints(): Record<string, string> {
    const { path, allowed, fix } = this;
    const given = Object.entries({ path, allowed, fix });
    return Object.fromEntries(given.filter((entry): entry is [string, string] => !!entry[1]));
  }
}

/** Where {@link report} writes; the process's own streams and environment unless given. */
export interface ReportOptions {
  /** Writes `{"error": {...}}` to standard output in place of text to standard error, unless a document was printed. Default: false. */
  json?: boolean;
  stdout?: OutputStream;
  stderr?: OutputStream;
  env?: NodeJS.ProcessEnv;
}

/**
 * Tells what went wrong and resolves to the exit code, once everything is written. No stack trace, unless `REKEY_DEBUG=1`: then the
 * places in the source and the names of errors follow on standard error, never the messages of causes, which others wrote.
 */
export async function report(error: unknown, options: ReportOptions = {}): Promise<1 | 2> {
  const { stdout = process.stdout, stderr = process.stderr, env = process.env } = options;
  const problem = RekeyError.from(error);
  if (options.json && !hasPrinted(stdout)) await printJson(problem, stdout);
  else await printText(problem.toText(widthOf(stderr)), stderr);
  if (env.REKEY_DEBUG === "1") await printText(trace(error), stderr);
  return problem.exitCode;
}

function fromConfiguration(error: Error): RekeyProblem | undefined {
  // By name as well: the program and the operator may have loaded the library through different loaders.
  if (!(error instanceof ConfigurationError) && error.name !== "ConfigurationError")
    return undefined;
  const { path, problem, allowed, fix } = error as ConfigurationError;
  return { code: "configuration", exitCode: 2, message: problem, path, allowed, fix };
}

function fromCommander(error: Error): RekeyProblem | undefined {
  if (error.name !== "CommanderError" && error.name !== "InvalidArgumentError") return undefined;
  const message = error.message.replace(/^error: /, "");
  return { code: "usage", exitCode: 2, message, fix: "see `rekey --help`" };
}

const ENGINE_ERRORS: Record<string, Omit<RekeyProblem, "message">> = {
  CommandError: { code: "engine-failed" },
  ConcurrentUpdateError: {
    code: "stack-locked",
    fix: "wait for the other update; if its process is gone, `rekey up` clears its lock",
  },
  StackNotFoundError: {
    code: "stack-not-found",
    exitCode: 2,
    allowed: "a stack that `pulumi stack ls` lists",
    fix: "name an existing stack, or make it with `pulumi stack init`",
  },
  StackAlreadyExistsError: { code: "stack-exists", exitCode: 2, fix: "use the existing stack" },
};

function fromEngine(error: Error): RekeyProblem | undefined {
  const known = ENGINE_ERRORS[error.name];
  if (known === undefined) return undefined;
  const lines = error.message.split("\n").flatMap((line) => /\berror: (.+)$/.exec(line)?.[1] ?? []);
  const told = [...new Set(lines)].slice(0, 3).map(scrub).join("; ");
  return { ...known, message: told || "the Pulumi engine failed without saying why" };
}

function fromAny(error: Error): RekeyProblem {
  const system = (error as NodeJS.ErrnoException).code;
  const code = typeof system === "string" ? system.toLowerCase() : "unexpected";
  const message = scrub(error.message).slice(0, 500) || error.name;
  if (system === "ENOSPC")
    return { code, message, fix: "free some space on the disk, then repeat the command" };
  return { code, message };
}

/** One line of a text that others wrote, without the passwords of URLs and the tokens of authorization headers. */
export function scrub(text: string): string {
  return oneLine(text)
    .replace(/(\w:\/\/[^\s:/@]*):[^\s/@]+@/g, "$1:[secret]@")
    .replace(/\b(bearer|basic) [\w.~+/=-]+/gi, "$1 [secret]");
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}

function trace(error: unknown): string {
  if (!(error instanceof Error)) return "";
  const frames = (error.stack ?? "")
    .replace(error.message, "")
    .split("\n")
    .filter((line) => /^\s+at /.test(line));
  const below = error.cause instanceof Error ? ["caused by", trace(error.cause)] : [];
  return [`${error.name}`, ...frames, ...below].join("\n");
}
