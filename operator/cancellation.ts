import { RekeyError } from "./errors";
import { onFirstSignal } from "./signals";

/** How whoever runs an update ends it early. */
export interface Cancellation {
  /** Tells the engine to finish what it has begun, and to begin nothing more. */
  readonly signal: AbortSignal;
  /** @throws RekeyError once it was cancelled; to be called before the engine is started. */
  throwIfCancelled(): void;
}

/**
 * Runs an update that Ctrl-C ends as it ends `pulumi up`: at the first SIGINT or SIGTERM the engine finishes the operations under way,
 * saves the state and lets go of its lock; a second one ends all at once, which the next `rekey up` clears up after.
 *
 * @param say gets one line when the signal arrives.
 * @param stack the stack's name, for the command that goes on.
 * @throws RekeyError (exit 1) that says how to go on, where it was cancelled.
 */
export async function cancellable<T>(
  run: (cancellation: Cancellation) => Promise<T>,
  say: (line: string) => void,
  stack: string,
): Promise<T> {
  const controller = new AbortController();
  let cancelled: NodeJS.Signals | undefined;
  const forget = onFirstSignal((signal) => {
    cancelled = signal;
    say(`${signal}: finishing what is under way; the same again ends at once`);
    // A terminal sends Ctrl-C to the engine as well, and the engine would take a second one for the order to end at once.
    if (signal !== "SIGINT" || !atTerminal()) controller.abort();
  });
  const brokenOff = () =>
    new RekeyError({
      code: "broken-off",
      message: `broken off by ${cancelled}: what was under way was finished, and nothing was begun after it`,
      fix: `rekey up -s ${stack} goes on where it ended`,
    });
  try {
    return await run({
      signal: controller.signal,
      throwIfCancelled: () => {
        if (cancelled) throw brokenOff();
      },
    });
  } catch (error) {
    throw cancelled ? brokenOff() : error;
  } finally {
    forget();
  }
}

function atTerminal(): boolean {
  return process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
}
