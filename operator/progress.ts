import { type OutputStream, widthOf } from "./output";

/** How far a step is, in whatever it counts. */
export interface Part {
  done: number;
  total: number;
}

/** Tells people what is being done. Whoever begins it ends it; nothing that it says may hold a secret. */
export interface Progress {
  /** What is being done now. On a terminal it replaces the step before, elsewhere it is a line when the text is new. */
  step(text: string, part?: Part): void;
  /** A line that stays. */
  note(text: string): void;
  /** Clears the step; to be called before anything else writes to the same terminal. May be called again. */
  end(): void;
}

/** What progress depends on; the process's own unless given. */
export interface ProgressOptions {
  /** Default: standard error, so that standard output holds results only. */
  stream?: OutputStream;
  env?: NodeJS.ProcessEnv;
  /** Milliseconds of a clock that only goes forward. */
  now?: () => number;
}

/** Says nothing; for callers that have their own way to tell. */
export const silent: Progress = { step: () => {}, note: () => {}, end: () => {} };

const TICK_MS = 1_000;
const REPEAT_MS = 10_000;

/**
 * Progress on standard error. A terminal gets one line that is rewritten at most every second, cut to the terminal's width, with the
 * seconds since the step began; `TERM=dumb` and anything that is no terminal get plain lines: each new step, and every ten
 * seconds how far it is. Colour (a dim clock) only on a terminal and without `NO_COLOR`.
 */
export function createProgress(options: ProgressOptions = {}): Progress {
  const { stream = process.stderr, env = process.env, now = () => performance.now() } = options;
  const live = stream.isTTY === true && env.TERM !== "dumb";
  return live ? liveLine(stream, now, !env.NO_COLOR) : plainLines(stream, now);
}

function liveLine(stream: OutputStream, now: () => number, colour: boolean): Progress {
  let current: { text: string; part?: Part; since: number } | undefined;
  let timer: NodeJS.Timeout | undefined;
  const clear = () => stream.write("\r\x1b[2K");
  const draw = () => {
    if (current === undefined) return;
    const clock = ` ${seconds(now() - current.since)}`;
    const room = Math.max(0, widthOf(stream) - clock.length - 1);
    const text = [...(current.text + share(current.part))].slice(0, room).join("");
    clear();
    stream.write(colour ? `${text}\x1b[2m${clock}\x1b[22m` : text + clock);
  };
  return {
    step(text, part) {
      const same = current?.text === text;
      current = { text, part, since: same && current ? current.since : now() };
      if (!same) draw();
      timer ??= setInterval(draw, TICK_MS).unref();
    },
    note(text) {
      if (current) clear();
      stream.write(`${text}\n`);
      draw();
    },
    end() {
      clearInterval(timer);
      timer = undefined;
      if (current) clear();
      current = undefined;
    },
  };
}

function plainLines(stream: OutputStream, now: () => number): Progress {
  let current: { text: string; since: number; told: number } | undefined;
  return {
    step(text, part) {
      const time = now();
      if (current?.text !== text) {
        current = { text, since: time, told: time };
        stream.write(`${text}${share(part)}\n`);
      } else if (time - current.told >= REPEAT_MS) {
        current.told = time;
        stream.write(`${text}${share(part)} ${seconds(time - current.since)}\n`);
      }
    },
    note: (text) => void stream.write(`${text}\n`),
    end: () => void (current = undefined),
  };
}

function share(part: Part | undefined): string {
  return part ? ` ${Math.min(part.done, part.total)}/${part.total}` : "";
}

function seconds(ms: number): string {
  return `${Math.floor(ms / 1_000)}s`;
}
