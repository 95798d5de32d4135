import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import type { Session } from "../../rehearsal/session";
import { Ran, startRekey } from "./rehearsal";

/** What is killed during an update: the engine, or the operator's process above it. */
export type Victim = "engine" | "operator";

/** What came of a command that something was done to. */
export interface Disturbed {
  readonly ran: Ran;
  /** False where the command was through before the moment came. */
  readonly struck: boolean;
  /** From the first step of its update to its end, in milliseconds. */
  readonly tookMs: number;
}

/** How long the updates of each move take from their first step on, as last seen undisturbed: moments are drawn over that time. */
export class Durations {
  readonly #seen = new Map<string, number>();

  /** `guess`: the milliseconds that a move takes of which none was seen; rather too few than too many. */
  constructor(private readonly guess: number) {}

  of(move: string): number {
    return this.#seen.get(move) ?? this.guess;
  }

  saw(move: string, { tookMs }: Disturbed): void {
    this.#seen.set(move, tookMs);
  }
}

/** Runs a command that updates, undisturbed. */
export function undisturbed(session: Session, args: readonly string[]): Promise<Disturbed> {
  return disturbed(session, args, Infinity, () => Promise.resolve(false));
}

/** Runs a command that updates and kills its victim with SIGKILL, `moment` milliseconds after its update's first step began. */
export async function killed(
  session: Session,
  args: readonly string[],
  victim: Victim,
  moment: number,
): Promise<Disturbed> {
  const { ran, struck, tookMs } = await disturbed(session, args, moment, async (operator, over) =>
    kill(victim === "operator" ? operator : await engineOf(operator, over)),
  );
  if (struck && victim === "operator") assert.equal(ran.code, null, "the operator lived on");
  // One that was killed when its work was done ends the command as if it had not been.
  return { ran, struck: struck && ran.code !== 0, tookMs };
}

/** Runs a command that updates and does something to it, `moment` milliseconds after its update's first step began. */
export async function disturbed(
  session: Session,
  args: readonly string[],
  moment: number,
  act: (operator: number, over: () => boolean) => Promise<boolean>,
): Promise<Disturbed> {
  let begun: number | undefined;
  let over = false;
  let begin = () => {};
  const first = new Promise<void>((resolve) => (begin = resolve));
  const running = startRekey(session, args, {
    onLine: (line) => {
      if (begun !== undefined || !STEP.test(line)) return;
      begun = Date.now();
      begin();
    },
  });
  const ended = running.ended.finally(() => (over = true));
  await Promise.race([first, ended]);
  if (moment !== Infinity) await atMost(moment, ended);
  const struck = !over && (await act(running.pid, () => over));
  const ran = await ended;
  return { ran, struck, tookMs: begun === undefined ? 0 : Date.now() - begun };
}

/** As `rekey` tells a step of an update, the preview's not among them: `create RandomPassword capanel-database-b`. */
const STEP = /^(create|update|delete|replace|import)(-\w+)* \w+ \S+$/;

async function atMost(ms: number, ended: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const due = new Promise((resolve) => (timer = setTimeout(resolve, ms)));
  await Promise.race([due, ended]).finally(() => clearTimeout(timer));
}

function kill(pid: number | undefined): boolean {
  if (pid === undefined) return false;
  try {
    return process.kill(pid, "SIGKILL");
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, "ESRCH");
    return false;
  }
}

/** The engine of an operator; awaited, since an emergency starts one after the other. */
async function engineOf(operator: number, over: () => boolean): Promise<number | undefined> {
  while (!over()) {
    for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
      const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
      const [, name, , above] = /^\d+ \((.*)\) (\S) (\d+)/.exec(stat) ?? [];
      if (name === "pulumi" && Number(above) === operator) return Number(pid);
    }
  }
  return undefined;
}
