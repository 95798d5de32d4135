import { cp, mkdir, mkdtemp } from "node:fs/promises";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { findGo, type Go } from "../../engine/go";
import { run } from "../../engine/run";
import type { Progress } from "../../operator/output";

/** A copy of one of this folder's modules, to be built. */
export interface GoModule {
  readonly dir: string;
  /** Runs `go` in it and returns what it printed; its complaints are the error. */
  go(...args: string[]): Promise<string>;
}

/** The Go on PATH that can build what is in a folder with a go.mod. @throws Error saying how to get one. */
export async function goFor(module: string, progress: Progress): Promise<Go> {
  const wanted = /^go (\S+)$/m.exec(readFileSync(join(module, "go.mod"), "utf8"))?.[1] ?? "";
  const found = await findGo(module, wanted, progress);
  if ("reason" in found) throw new Error(`${found.reason}; ${found.fix}`);
  return found;
}

/** Copies a module's files into a folder of its own beside `target`, so that a build may change them. */
export async function copyModule(
  source: string,
  target: string,
  progress: Progress,
): Promise<GoModule> {
  const found = await goFor(source, progress);
  await mkdir(dirname(target), { recursive: true, mode: 0o700 });
  const dir = await mkdtemp(`${target}-`);
  await cp(source, dir, { recursive: true });
  const go = async (...args: string[]) => {
    const { code, stdout, stderr } = await run(found.path, args, { cwd: dir, env: found.env });
    if (code !== 0) throw new Error(`go ${args[0]} in ${source}: ${stderr.join("\n")}`);
    return stdout;
  };
  return { dir, go };
}
