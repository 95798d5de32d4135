import { onFirstSignal } from "../operator/signals";

type End = () => Promise<unknown>;

const open = new Set<End>();

/**
 * Has something ended if the process is interrupted: its processes, its files. Nothing happens unless {@link interruptible} runs.
 *
 * @returns takes it back, once it was ended in the ordinary way.
 */
export function endIfInterrupted(end: End): () => void {
  open.add(end);
  return () => void open.delete(end);
}

/**
 * Runs what a signal may interrupt. The first SIGINT or SIGTERM ends everything that was to be ended, and then this process by that signal,
 * so that whoever waits for it sees why; a second one ends this process at once. What is left then goes with the next rehearsal.
 *
 * @param say gets one line when the signal arrives.
 */
export async function interruptible<T>(
  run: () => Promise<T>,
  say: (line: string) => void,
): Promise<T> {
  let interrupted = false;
  const forget = onFirstSignal((signal) => {
    interrupted = true;
    say(`${signal}: ending what runs and removing its files; the same again ends at once`);
    void Promise.allSettled([...open].map((end) => end())).then((ends) => {
      for (const end of ends)
        if (end.status === "rejected")
          say(`not everything was removed: ${(end.reason as Error).message}`);
      forget();
      process.kill(process.pid, signal);
    });
  });
  // What fails because everything under it was ended is no failure to tell of: the signal has the last word.
  const unlessInterrupted = <V>(settle: () => V): V | Promise<never> =>
    interrupted ? new Promise<never>(() => undefined) : settle();
  try {
    return await run().then(
      (value) => unlessInterrupted(() => value),
      (error: unknown) =>
        unlessInterrupted(() => {
          throw error;
        }),
    );
  } finally {
    forget();
  }
}
