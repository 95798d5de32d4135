import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

/** What a run of the command line left. */
export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A project in a folder of its own, on which the command line is run as a user runs it. */
export interface Workbench {
  readonly folder: string;
  write(name: string, text: string): void;
  read(name: string): string;
  /** Runs `rekey` with these arguments; `input` goes to its standard input. */
  rekey(args: readonly string[], options?: RunOptions): Promise<Ran>;
  remove(): void;
}

/** How to run the command line. */
export interface RunOptions {
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Default: the project's folder. */
  readonly cwd?: string;
}

const BIN = resolve(__dirname, "../../bin/rekey.cjs");

/** A folder with a Pulumi.yaml and the settings files given, by stack. */
export function workbench(stacks: Readonly<Record<string, string>>): Workbench {
  const folder = mkdtempSync(join(tmpdir(), "rekey-test-"));
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
  write("Pulumi.yaml", "name: rekey\nruntime: nodejs\n");
  for (const [stack, text] of Object.entries(stacks)) write(`Pulumi.${stack}.yaml`, text);
  return {
    folder,
    write,
    read: (name) => readFileSync(join(folder, name), "utf8"),
    rekey: (args, options = {}) => run(folder, args, options),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

async function run(folder: string, args: readonly string[], options: RunOptions): Promise<Ran> {
  const child = spawn(process.execPath, [BIN, ...args], {
    cwd: options.cwd ?? folder,
    env: { ...process.env, PULUMI_STACK: undefined, NO_COLOR: undefined, ...options.env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  child.stdin.end(options.input ?? "");
  const code = await new Promise<number | null>((done, failed) => {
    child.once("error", failed).once("close", done);
  });
  return { code, stdout, stderr };
}
