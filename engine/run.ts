import { spawn } from "node:child_process";

/** How to run a program and what to do with its lines. */
export interface RunOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  /** Ends the program when it takes longer; no limit unless given. */
  deadlineMs?: number;
  /** Gets each line of standard error as it comes. */
  onLine?: (line: string) => void;
}

/** What a program that ended left. */
export interface Ran {
  /** The exit code; undefined when a signal or the deadline ended it. */
  readonly code: number | undefined;
  readonly stdout: string;
  /** The last 40 lines of standard error. */
  readonly stderr: readonly string[];
}

const KEPT_LINES = 40;

/**
 * Runs a program to its end, without a shell. When this process is asked to end meanwhile, so is the program.
 *
 * @throws the system's error when the program cannot be started (`ENOENT`, `EACCES`).
 */
export async function run(program: string, args: string[], options: RunOptions = {}): Promise<Ran> {
  const { cwd, env, deadlineMs, onLine = () => {} } = options;
  const child = spawn(program, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  const end = () => void child.kill("SIGTERM");
  const timer = deadlineMs === undefined ? undefined : setTimeout(end, deadlineMs);
  process.once("exit", end);
  const stderr: string[] = [];
  const keep = (line: string) => {
    stderr.push(line);
    if (stderr.length > KEPT_LINES) stderr.shift();
    onLine(line);
  };
  let stdout = "";
  let rest = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    lines.forEach(keep);
  });
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once("error", reject).once("close", resolve);
    });
    if (rest !== "") keep(rest);
    return { code: code ?? undefined, stdout, stderr };
  } finally {
    clearTimeout(timer);
    process.removeListener("exit", end);
  }
}
