import { readFileSync } from "node:fs";

/** Clock ticks a second in /proc: the same on every Linux that Node.js runs on. */
const TICKS = 100;
/** The time of the boot is told in whole seconds. */
const TOLERANCE_MS = 2_000;

/**
 * Whether a process of this host is alive; one that we may not signal is. One that has ended and was not yet waited for by its parent
 * (a zombie: a dead operator leaves its engine to process 1, which may be in no hurry) is not: it runs nothing any more.
 */
export function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
  }
  const stat = statOf(pid);
  const ended = stat?.[STATE] === "Z" || stat?.[STATE] === "X";
  // A process is in state Z from the end of its first thread on, and its other threads may still run.
  return !(ended && Number(stat?.[THREADS]) <= 1);
}

/**
 * Whether a living process was there at a time (milliseconds since 1970): a later one only has the number of the one that is meant. True
 * where there is no /proc to ask.
 */
export function startedBefore(pid: number, time: number): boolean {
  const ticks = Number(statOf(pid)?.[STARTED]);
  const boot = Number(/^btime (\d+)$/m.exec(read("/proc/stat") ?? "")?.[1]);
  if (Number.isNaN(ticks) || Number.isNaN(boot) || Number.isNaN(time)) return true;
  return (boot + ticks / TICKS) * 1000 <= time + TOLERANCE_MS;
}

/** Places among the fields that follow the command's name: fields 3, 20 and 22 of proc_pid_stat(5). */
const [STATE, THREADS, STARTED] = [0, 17, 19];

function statOf(pid: number): string[] | undefined {
  const stat = read(`/proc/${pid}/stat`);
  // The command's name is in brackets and may hold any character.
  return stat?.slice(stat.lastIndexOf(")") + 2).split(" ");
}

/** Undefined where there is no such file: no /proc on this system, or the process has just gone. */
function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ESRCH") return undefined;
    throw error;
  }
}
