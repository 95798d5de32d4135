/**
 * Child processes that cannot outlive the rehearsal: each hangs on a pipe from its parent and ends when that pipe closes, which the kernel
 * does even for a parent that was killed. Nothing goes through a shell as text, and secrets go through the environment or `input`, never argv.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { KEEP } from "./leash";

/** How a child is started. */
export interface LaunchOptions {
  /** What messages call it, e.g. `PostgreSQL`. */
  readonly name: string;
  /** The executable: an absolute path, or a name that is looked up on the `PATH` of `env`. */
  readonly command: string;
  /** Arguments, handed over as they are. Every user of the machine can read them: never put a secret here. */
  readonly args?: readonly string[];
  /** The child's whole environment; nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  /** Working directory. Default: the parent's. */
  readonly cwd?: string;
  /** User and group to run as; needs root. Default: the parent's. */
  readonly user?: { readonly uid: number; readonly gid: number };
  /** `own`: a Node program of ours that calls `holdLeash()`. `wrapped`: any other binary; a small shell process watches the pipe for it. */
  readonly leash: "own" | "wrapped";
  /** The signal for an orderly end, used by `stop()` and by the wrapper. Default: SIGTERM. */
  readonly endSignal?: NodeJS.Signals;
  /** Lines written to the child's input at once; only with `leash: "own"`. Secrets may go here. */
  readonly input?: string;
  /** File that output is appended to (mode 600). Default: the last 16 KiB are kept in memory, see {@link Child.tail}. */
  readonly logFile?: string;
  /** True when the first line of standard output is an announcement for {@link Child.announced}. Default: false. */
  readonly announces?: boolean;
}

/** How a child ended: exactly one of the two is not null. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A started child. */
export interface Child {
  readonly pid: number;
  /** True until the child has ended. */
  readonly running: boolean;
  /** Settles when the child has ended, however it ended. */
  readonly exit: Promise<Exit>;
  /** The last output (at most 16 KiB) of a child without a log file. */
  tail(): string;
  /** The first line of standard output; fails when the child ends before it or after `deadlineMs`. Needs `announces`. */
  announced(deadlineMs: number): Promise<string>;
  /** Waits until `probe` says true; fails when the child ends first or after `deadlineMs`. An error of `probe` counts as 'not yet'. */
  ready(probe: () => Promise<boolean> | boolean, deadlineMs: number): Promise<void>;
  /** Unties the child: it now outlives this process. Its output should go to a log file, or it may break on a closed pipe. */
  keep(): void;
  /** Asks for an orderly end, and kills after `graceMs` (default 10,000). Resolves when the child is gone; fine to repeat. */
  stop(graceMs?: number): Promise<Exit>;
  /** SIGKILL, at once. Resolves when the child is gone. */
  kill(): Promise<Exit>;
}

// The binary takes the wrapper's place by exec, so its process id and exit code are the child's own. The watcher is forked twice, so that the
// binary never sees a child it did not start (PostgreSQL would take that one's death for a crash). `$$` is the binary's process id.
// What the shell exports by itself is taken out again.
const WRAPPER = `
signal=$1
shift
exec 3<&0
( {
  while IFS= read -r line <&3; do
    case $line in ${KEEP} | done) exit 0 ;; esac
  done
  kill -s "$signal" $$
  tries=0
  while kill -s 0 $$ && [ $tries -lt 50 ]; do
    sleep 0.1
    tries=$((tries + 1))
  done
  kill -s KILL $$
} >/dev/null 2>&1 & )
unset PWD OLDPWD SHLVL
exec "$@" 3<&- </dev/null
`;

const TAIL_BYTES = 16 * 1024;
const LONGEST_PAUSE_MS = 250;

/**
 * Polls `condition` until it says true, with pauses that grow from 10 to 250 ms; fails with `what` after `deadlineMs`.
 * An error of the condition counts as 'not yet'.
 */
export async function until(
  what: string,
  condition: () => Promise<boolean> | boolean,
  deadlineMs: number,
): Promise<void> {
  const end = Date.now() + deadlineMs;
  let last = "";
  for (let pause = 10; ; pause = Math.min(pause * 1.3, LONGEST_PAUSE_MS)) {
    try {
      if (await condition()) return;
    } catch (error) {
      last = `: ${error instanceof Error ? error.message : String(error)}`;
    }
    if (Date.now() >= end) throw new Error(`${what}: not within ${deadlineMs} ms${last}`);
    const rest = Math.min(pause, Math.max(end - Date.now(), 0));
    await new Promise((resolve) => setTimeout(resolve, rest));
  }
}

/** Starts a child. Fails at once when the executable cannot be started. */
export async function launch(options: LaunchOptions): Promise<Child> {
  if (options.input !== undefined && options.leash === "wrapped") {
    throw new Error(`${options.name}: a wrapped child reads no input; hand it a file instead`);
  }
  const started = start(options);
  await new Promise<void>((resolve, reject) => {
    started.once("spawn", resolve);
    started.once("error", (error) => {
      reject(new Error(`${options.name} cannot be started: ${error.message}`));
    });
  });
  return new LaunchedChild(started, options);
}

function start(options: LaunchOptions): ChildProcess {
  const args = [...(options.args ?? [])];
  const endSignal = (options.endSignal ?? "SIGTERM").replace("SIG", "");
  const log = options.logFile === undefined ? "pipe" : openSync(options.logFile, "a", 0o600);
  try {
    return spawn(
      options.leash === "wrapped" ? "/bin/sh" : options.command,
      options.leash === "wrapped"
        ? ["-c", WRAPPER, options.name, endSignal, options.command, ...args]
        : args,
      {
        env: { ...options.env },
        cwd: options.cwd,
        ...options.user,
        // In a group of its own, so that Ctrl-C reaches the parent alone, which then stops its children in order.
        detached: true,
        stdio: ["pipe", options.announces === true ? "pipe" : log, log],
      },
    );
  } finally {
    if (typeof log === "number") closeSync(log);
  }
}

class LaunchedChild implements Child {
  readonly pid: number;
  readonly exit: Promise<Exit>;
  running = true;
  private output = Buffer.alloc(0);
  private first: { resolve(line: string): void; promise: Promise<string> };

  constructor(
    private readonly child: ChildProcess,
    private readonly options: LaunchOptions,
  ) {
    this.pid = child.pid ?? -1;
    let resolveFirst: (line: string) => void = () => undefined;
    this.first = {
      promise: new Promise((resolve) => (resolveFirst = resolve)),
      resolve: resolveFirst,
    };
    // A pipe to a process that has just ended breaks; `exit` tells of that end.
    child.stdin?.on("error", (error) => this.note(error.message));
    child.stdout?.on("data", (chunk: Buffer) => this.append(chunk));
    child.stderr?.on("data", (chunk: Buffer) => this.append(chunk));
    if (options.announces === true) this.readFirstLine();
    if (options.input !== undefined) child.stdin?.write(options.input);
    this.exit = new Promise((resolve) => {
      child.once("exit", (code, signal) => {
        this.running = false;
        child.stdin?.end("done\n");
        resolve({ code, signal });
      });
    });
  }

  tail(): string {
    return this.output.toString("utf8");
  }

  async announced(deadlineMs: number): Promise<string> {
    let line: string | undefined;
    void this.first.promise.then((value) => (line = value));
    await this.ready(() => line !== undefined, deadlineMs);
    return line ?? "";
  }

  async ready(probe: () => Promise<boolean> | boolean, deadlineMs: number): Promise<void> {
    const { name, logFile } = this.options;
    let ended: Exit | undefined;
    void this.exit.then((exit) => (ended = exit));
    await until(
      `${name} is not ready`,
      async () => ended !== undefined || (await probe()),
      deadlineMs,
    );
    if (ended !== undefined) {
      const how = ended.signal ?? `exit code ${String(ended.code)}`;
      const where = logFile === undefined ? this.tail().trim().slice(-500) : `see ${logFile}`;
      throw new Error(`${name} ended before it was ready (${how})${where && `: ${where}`}`);
    }
  }

  keep(): void {
    this.child.stdin?.end(`${KEEP}\n`);
    this.child.unref();
    for (const stream of [this.child.stdout, this.child.stderr]) {
      (stream as { unref?(): void } | null)?.unref?.();
    }
  }

  async stop(graceMs = 10_000): Promise<Exit> {
    if (!this.running) return this.exit;
    this.child.kill(this.options.endSignal ?? "SIGTERM");
    const timer = setTimeout(() => this.child.kill("SIGKILL"), graceMs);
    const exit = await this.exit;
    clearTimeout(timer);
    return exit;
  }

  async kill(): Promise<Exit> {
    if (this.running) this.child.kill("SIGKILL");
    return this.exit;
  }

  private readFirstLine(): void {
    let text = "";
    const collect = (chunk: Buffer) => {
      text += chunk.toString("utf8");
      const end = text.indexOf("\n");
      if (end < 0) return;
      this.child.stdout?.off("data", collect);
      this.first.resolve(text.slice(0, end));
    };
    this.child.stdout?.on("data", collect);
  }

  private append(chunk: Buffer): void {
    this.output = Buffer.concat([this.output, chunk]).subarray(-TAIL_BYTES);
  }

  private note(text: string): void {
    this.append(Buffer.from(`${text}\n`));
  }
}
