import { spawn } from "node:child_process";
import { readFile, readdir } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { findEngine } from "../../engine";
import { HOME } from "../../operator/workspace";
import type { Ran } from "./rehearsal";

/** A command that runs. */
export interface RunningCommand {
  readonly pid: number;
  /** Resolves once this much of standard error matches; fails where the command ends before. */
  says(pattern: RegExp): Promise<void>;
  readonly ended: Promise<Ran & { readonly signal: NodeJS.Signals | null }>;
}

/** Runs `rekey <args>` as a user would on a machine of its own kind: no settings but PATH, a home and a temporary folder. */
export async function runCommand(
  args: readonly string[],
  temporary: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Ran> {
  const { code, out, err } = await (await startCommand(args, temporary, env)).ended;
  return { code, out, err };
}

/** Starts `rekey <args>` as {@link runCommand} does, from this repository or a copy of it. */
export async function startCommand(
  args: readonly string[],
  temporary: string,
  env: Readonly<Record<string, string>> = {},
  repository: string = HOME,
): Promise<RunningCommand> {
  const { path: engine } = await findEngine();
  const path = [dirname(engine), process.env["PATH"] ?? ""].join(delimiter);
  const child = spawn(process.execPath, [join(repository, "bin/rekey.cjs"), ...args], {
    env: { PATH: path, HOME: String(process.env["HOME"]), TMPDIR: temporary, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const texts = { out: "", err: "" };
  child.stdout.on("data", (chunk: Buffer) => (texts.out += String(chunk)));
  child.stderr.on("data", (chunk: Buffer) => (texts.err += String(chunk)));
  const ended = new Promise<Ran & { signal: NodeJS.Signals | null }>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve({ code, signal, ...texts }));
  });
  const says = (pattern: RegExp) =>
    new Promise<void>((resolve, reject) => {
      const look = () => pattern.test(texts.err) && resolve();
      child.stderr.on("data", look);
      look();
      void ended.then(({ err }) => reject(new Error(`it ended before it said so: ${err}`)), reject);
    });
  return { pid: child.pid ?? 0, says, ended };
}

/** Processes whose arguments or whose own temporary folder name the folder. */
export async function processesBelow(folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
    const [line, environment] = await Promise.all(
      ["cmdline", "environ"].map((file) =>
        readFile(`/proc/${pid}/${file}`, "latin1").catch(() => ""),
      ),
    );
    if (line?.includes(folder) || environment?.includes(folder))
      found.push(String(line).replaceAll("\0", " "));
  }
  return found;
}
