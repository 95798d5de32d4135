import type { Clouds } from "./clouds";
import { until } from "./processes";
import { Holdings, Stage, SystemRehearsal, Trial, held } from "./systems/system";
import type { Tried } from "./systems/trials";

/** Milliseconds between two requests with one retired value. */
const PAUSE_MS = 75;
/** How long after the end of a retirement its value may still have been accepted. */
const GRACE_MS = 1_000;
const REFUSED_WITHIN_MS = 30_000;

/** Requests with what is being retired, from before its retirement on. */
export interface RetirementWatch {
  /** To be called when the update, or the command of several, has ended: goes on until each value is refused, and says when it was accepted last. */
  ended(): Promise<Tried[]>;
  /** Sends nothing more; fine to repeat. */
  stop(): Promise<void>;
}

/**
 * Starts to ask whatever takes the generation held with each of the secrets named, as far as the application itself answers; `ends` is what
 * the evidence calls that which retires them.
 */
export function watchRetirement<C extends Clouds>(
  system: SystemRehearsal<C>,
  stage: Stage<C>,
  holdings: Holdings,
  names: readonly string[],
  ends = "the update",
): RetirementWatch {
  const asked = names.flatMap((name) => {
    const trial = system.trials[name];
    return trial?.status ? [new Asked(name, trial, () => ask(trial, stage, holdings, name))] : [];
  });
  const stop = async () => void (await Promise.all(asked.map((one) => one.stop())));
  return {
    ended: async () => {
      const end = performance.now();
      try {
        await until(
          "what was retired is refused",
          () => asked.every((one) => one.isRefused(end)),
          REFUSED_WITHIN_MS,
        );
      } finally {
        await stop();
      }
      return asked.map((one) => one.verdict(end, ends));
    },
    stop,
  };
}

/** 0 for no answer. */
async function ask<C extends Clouds>(
  { status }: Trial<C>,
  stage: Stage<C>,
  holdings: Holdings,
  name: string,
): Promise<number> {
  try {
    return (await status?.(stage, held(holdings, name))) ?? 0;
  } catch (error) {
    // What the network's library throws when nobody answers; the count of these fails the walk.
    if (error instanceof TypeError || (error as Error).name === "TimeoutError") return 0;
    throw error;
  }
}

/** One value that is asked with, over and over. */
class Asked {
  private accepted = 0;
  private lastAccepted = -Infinity;
  private lastRefused = -Infinity;
  private readonly others: number[] = [];
  private stopped = false;
  private readonly work: Promise<void>;

  constructor(
    private readonly secret: string,
    private readonly trial: Pick<Trial, "what">,
    private readonly once: () => Promise<number>,
  ) {
    this.work = this.run();
    // Whoever stops it gets to know what went wrong.
    this.work.catch(() => undefined);
  }

  isRefused(since: number): boolean {
    return this.lastRefused > Math.max(since, this.lastAccepted);
  }

  verdict(end: number, ends: string): Tried {
    const after = Math.round(this.lastAccepted - end);
    const when = after > 0 ? `${after} ms after the end` : `${-after} ms before the end`;
    const others = this.others.length;
    const which = others === 0 ? "" : ` (${[...new Set(this.others)].join(", ")})`;
    const said =
      this.accepted === 0
        ? "never accepted while it was retired, so nothing was seen"
        : `${this.accepted} times accepted while it was retired, last ${when} of ${ends}; ${others} other answers${which}`;
    const ok = this.accepted > 0 && after <= GRACE_MS && others === 0;
    return { secret: this.secret, ok, evidence: `${this.trial.what}: ${said}` };
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.work;
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      const status = await this.once();
      const now = performance.now();
      if (status === 200) {
        this.accepted++;
        this.lastAccepted = now;
      } else if (status === 401) this.lastRefused = now;
      else this.others.push(status);
      await new Promise((next) => setTimeout(next, PAUSE_MS));
    }
  }
}
