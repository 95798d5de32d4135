import { spawn } from "node:child_process";
import { delimiter, dirname, join } from "node:path";
import type { SecretText } from "../components/secret-text";
import type { Engine } from "../engine";
import { HOME } from "../operator/workspace";
import { Project, STACK } from "./project";

/** How a command ended. */
export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly said: string;
}

/** Runs `rekey` with `--json` on a rehearsal's own stack, as an operator types it; `input` goes in on standard input. */
export async function runRekey(
  { work, env }: Pick<Project, "work" | "env">,
  engine: Pick<Engine, "path">,
  args: readonly string[],
  input?: SecretText,
): Promise<Ended> {
  const path = [dirname(engine.path), env["PATH"] ?? ""].join(delimiter);
  const child = spawn(
    process.execPath,
    [join(HOME, "bin/rekey.cjs"), ...args, "--cwd", work, "--stack", STACK, "--json"],
    { env: { ...env, PATH: path }, stdio: ["pipe", "pipe", "pipe"] },
  );
  const [out, said] = [collect(child.stdout), collect(child.stderr)];
  child.stdin.end(input?.reveal() ?? "");
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  return { code, out: (await out).trim(), said: (await said).trim() };
}

async function collect(stream: NodeJS.ReadableStream): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}
