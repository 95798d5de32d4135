import { readFile, readdir } from "node:fs/promises";
import { RekeyError } from "../errors";
import { alive } from "./alive";

/** The variable by which the processes of an update are known: it names the stack and the operator's process. */
export const RUN = "REKEY_RUN";

const PATIENCE_MS = 10_000;
const INTERVAL_MS = 100;

/**
 * Waits for what a killed update of this stack left running: an engine whose operator died ends the steps that it is in, providers outlive
 * their engine and may still finish a call. After ten seconds they are ended, and are gone when this returns. Only our own processes, by the
 * mark in their environment, and only those whose operator is gone.
 *
 * @returns how many there were. Always 0 where there is no /proc.
 * @throws RekeyError naming the processes that could not be ended.
 */
export async function endOrphans(stackMark: string, patience = PATIENCE_MS): Promise<number> {
  const seen = new Set<number>();
  const started = Date.now();
  // Looked for again each time: an engine that is still starting up starts providers.
  for (;;) {
    const living = (await orphans(stackMark)).filter(alive);
    if (living.length === 0) return seen.size;
    for (const pid of living) seen.add(pid);
    const waited = Date.now() - started;
    if (waited > 2 * patience)
      throw new RekeyError({
        code: "orphans",
        message: `process ${living.join(", ")} of a killed update does not end, and may still change something`,
        exitCode: 1,
        fix: `end it (kill -KILL ${living.join(" ")}), then run rekey up again`,
      });
    if (waited > patience) living.forEach(end);
    await new Promise((next) => setTimeout(next, INTERVAL_MS));
  }
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

function end(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
