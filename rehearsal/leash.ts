/**
 * The child's end of the leash by which the rehearsal holds its own Node processes. The parent keeps the child's standard input open and
 * never says a word; when the parent ends, even by SIGKILL, the kernel closes that pipe and the child ends too.
 */
import { createInterface } from "node:readline";

/** The line that unties a child: after it, the end of standard input means nothing any more. */
export const KEEP = "keep";

/** What a child may read from its leash. */
export interface Leash {
  /** The first line of standard input that is not {@link KEEP}: where a parent hands over settings that must not stand in argv. */
  readonly firstLine: Promise<string>;
}

/**
 * Ends this process when its parent is gone: calls `onLoose` once standard input ends without a {@link KEEP} line before.
 * `onLoose` must end the process; the default does so at once, with exit code 1.
 */
export function holdLeash(onLoose: () => void = () => process.exit(1)): Leash {
  const lines = createInterface({ input: process.stdin, crlfDelay: Infinity });
  let kept = false;
  const firstLine = new Promise<string>((resolve, reject) => {
    lines.on("line", (line) => {
      if (line !== KEEP) return resolve(line);
      kept = true;
      lines.close();
      // A kept process must be able to end by itself, so its input must not hold the event loop.
      process.stdin.destroy();
    });
    lines.on("close", () => {
      reject(new Error("standard input ended before its first line"));
      if (!kept) onLoose();
    });
  });
  // Most children read no first line; for them its absence is no failure.
  firstLine.catch((error: unknown) => error);
  return { firstLine };
}
