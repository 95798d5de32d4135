import { lstatSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { alive, startedBefore } from "./recovery/alive";

/** Folders of this host's processes; several hosts and containers may share a temporary folder. */
const PREFIX = `rekey-engine-${hostname().replace(/\W/g, "")}-`;
/** The engine of a killed command may outlive it for a while. */
const LEFT_MS = 60 * 60_000;

let folder: string | undefined;

/**
 * The folder in which the engine of this process and its plugins put what is for a while: nobody else may enter it, and it is removed when the process
 * ends. The official provider of Kubernetes writes the kubeconfig, with its token, into a temporary file at every start and never removes it. What
 * commands that were killed left goes with the next command after an hour.
 */
export function engineTemp(): string {
  if (folder !== undefined) return folder;
  sweepEngineTemp(tmpdir());
  const made = mkdtempSync(join(tmpdir(), `${PREFIX}${process.pid}-`));
  process.once("exit", () => remove(made));
  return (folder = made);
}

/** Removes from `parent` what processes of this user left that are gone. */
export function sweepEngineTemp(parent: string, now = Date.now()): void {
  for (const name of namesIn(parent)) {
    const pid = Number(name.startsWith(PREFIX) && /^(\d+)-/.exec(name.slice(PREFIX.length))?.[1]);
    if (!pid) continue;
    const left = join(parent, name);
    const found = lstatSync(left, { throwIfNoEntry: false });
    if (!found?.isDirectory() || found.uid !== process.getuid?.()) continue;
    if (alive(pid) && startedBefore(pid, found.mtimeMs)) continue;
    if (now - found.mtimeMs > LEFT_MS) remove(left);
  }
}

function namesIn(parent: string): string[] {
  try {
    return readdirSync(parent);
  } catch (error) {
    // A temporary folder may be one that everybody may write to and nobody may list.
    if ((error as NodeJS.ErrnoException).code === "EACCES") return [];
    throw error;
  }
}

/** Tidying must not fail what was done: a plugin may still be writing there, or another command tidy up as well. The next sweep tries again. */
function remove(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true, maxRetries: 3 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
  }
}
