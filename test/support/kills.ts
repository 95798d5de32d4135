import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import type { Session } from "../../rehearsal/session";
import { Ran, startRekey } from "./rehearsal";

/** What is killed during an update: the engine, or the operator's process above it. */
export type Victim = "engine" | "operator";

/** Long enough to hit every phase of an update, and sometimes its end. */
export const LATEST_MS = 9_000;

/** Starts an update and kills its victim with SIGKILL at a moment of its run, in milliseconds after the engine began. */
export async function killedUpdate(session: Session, victim: Victim, moment: number): Promise<Ran> {
  const running = startRekey(session, ["up"]);
  await atMoment(running, moment, async () => {
    // Which engine process runs changes between export and update: look again.
    const target = victim === "operator" ? running.pid : await engineOf(running.pid);
    if (target !== undefined) kill(target);
  });
  return running.ended;
}

/** Starts an update and does something at a moment of its run, unless it is over by then. */
export async function disturbedUpdate(
  session: Session,
  moment: number,
  act: () => Promise<void>,
): Promise<Ran> {
  const running = startRekey(session, ["up"]);
  await atMoment(running, moment, act);
  return running.ended;
}

async function atMoment(
  running: ReturnType<typeof startRekey>,
  moment: number,
  act: () => Promise<void>,
): Promise<void> {
  let over = false;
  void running.ended.then(() => (over = true));
  let engine: number | undefined;
  while (engine === undefined && !over) {
    engine = await engineOf(running.pid);
    await new Promise((next) => setTimeout(next, 20));
  }
  const deadline = Date.now() + moment;
  while (Date.now() < deadline && !over) await new Promise((next) => setTimeout(next, 10));
  if (!over) await act();
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, "ESRCH");
  }
}

async function engineOf(parent: number): Promise<number | undefined> {
  for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
    const [, name, , above] = /^\d+ \((.*)\) (\S) (\d+)/.exec(stat) ?? [];
    if (name === "pulumi" && Number(above) === parent) return Number(pid);
  }
  return undefined;
}
