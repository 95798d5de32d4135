import { spawn } from "node:child_process";
import { delimiter, dirname, join } from "node:path";
import { findEngine } from "../../engine";
import { HOME } from "../../operator/workspace";
import type { Ran } from "./rehearsal";

/** Runs `rekey <args>` as a user would on a machine of its own kind: no settings but PATH, a home and a temporary folder. */
export async function runCommand(
  args: readonly string[],
  temporary: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Ran> {
  const { path: engine } = await findEngine();
  const path = [dirname(engine), process.env["PATH"] ?? ""].join(delimiter);
  const child = spawn(process.execPath, [join(HOME, "bin/rekey.cjs"), ...args], {
    env: { PATH: path, HOME: String(process.env["HOME"]), TMPDIR: temporary, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  return new Promise((resolve, reject) => {
    const texts = { out: "", err: "" };
    child.stdout.on("data", (chunk: Buffer) => (texts.out += String(chunk)));
    child.stderr.on("data", (chunk: Buffer) => (texts.err += String(chunk)));
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, ...texts }));
  });
}
