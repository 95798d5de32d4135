import { readFile, readdir } from "node:fs/promises";
import { alive } from "./lock";

/** The variable by which the processes of an update are known: it names the stack and the operator's process. */
export const RUN = "REKEY_RUN";

const PATIENCE_MS = 10_000;
const INTERVAL_MS = 100;

/**
 * Waits for what a killed update of this stack left running: providers outlive their engine and may still finish a call. After ten
 * seconds they are ended. Only our own processes, by the mark in their environment, and only those whose operator is gone.
 *
 * @returns how many there were. Always 0 where there is no /proc.
 */
export async function endOrphans(stackMark: string): Promise<number> {
  const found = await orphans(stackMark);
  const deadline = Date.now() + PATIENCE_MS;
  while (found.some(alive) && Date.now() < deadline)
    await new Promise((next) => setTimeout(next, INTERVAL_MS));
  for (const pid of found.filter(alive)) process.kill(pid, "SIGKILL");
  return found.length;
}

/** The mark of an update: the stack's own, then the operator's process. */
export function runMark(stackMark: string): string {
  return `${stackMark}#${process.pid}`;
}

async function orphans(stackMark: string): Promise<number[]> {
  const names = await readdir("/proc").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  const pids = names.filter((name) => /^\d+$/.test(name)).map(Number);
  const marks = await Promise.all(pids.map(async (pid) => ({ pid, mark: await markOf(pid) })));
  return marks
    .filter(({ pid, mark }) => pid !== process.pid && isOrphanOf(mark, stackMark))
    .map(({ pid }) => pid);
}

function isOrphanOf(mark: string | undefined, stackMark: string): boolean {
  if (!mark?.startsWith(`${stackMark}#`)) return false;
  const operator = Number(mark.slice(stackMark.length + 1));
  return operator === process.pid || !alive(operator);
}

async function markOf(pid: number): Promise<string | undefined> {
  // A process may end while it is looked at, and others' environments are closed to us: neither is ours to wait for.
  const environment = await readFile(`/proc/${pid}/environ`, "latin1").catch(() => "");
  const prefix = `${RUN}=`;
  return environment
    .split("\0")
    .find((entry) => entry.startsWith(prefix))
    ?.slice(prefix.length);
}
