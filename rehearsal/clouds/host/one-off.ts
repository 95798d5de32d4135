/** One-off processes of the fake docker: what `docker compose run` starts. */
import { readFile } from "node:fs/promises";
import { constants } from "node:os";
import { join } from "node:path";
import type { Exit } from "../../processes";
import { launchContainer } from "../google/run-instances";
import { runSettings } from "../google/run-options";
import type { ComposeService } from "./compose-file";
import type { ServicesOptions } from "./services";

/** What a command line of docker answers. */
export interface Answer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

// The two outputs go to files of their own, as docker tells them apart. Exec keeps the process id and so the end on a signal.
const SPLIT = `
out=$1
shift
exec "$@" >"$out.stdout" 2>"$out.stderr"
`;

/**
 * Runs the service's image with its variables until it ends by itself; an abort asks it to end, and kills it after 10 seconds. It gets no
 * `PORT`. Its output stays in `<logDir>/<name>.stdout` and `.stderr` and is answered at its end, where the real docker would stream it.
 * Throws for an image that is not known.
 */
export async function runOneOff(
  { images, logDir }: ServicesOptions,
  name: string,
  { image, command, env }: ComposeService,
  aborted: AbortSignal,
): Promise<Answer> {
  aborted.throwIfAborted();
  const known = images[image];
  if (known === undefined) throw new Error(`Unable to find image '${image}'`);
  const output = join(logDir, name);
  const split = ["/bin/sh", "-c", SPLIT, name, output, ...known.command] as const;
  const settings = runSettings({ images: { [image]: { ...known, command: split } }, logDir });
  const child = await launchContainer(settings, {
    name,
    container: { image, args: [...command] },
    env,
  });
  const end = () => void child.stop();
  aborted.addEventListener("abort", end, { once: true });
  // It may have come while the process was on its way.
  if (aborted.aborted) end();
  const exit = await child.exit;
  aborted.removeEventListener("abort", end);
  const [stdout, stderr] = await Promise.all([".stdout", ".stderr"].map((kind) => readFile(`${output}${kind}`, "utf8"))); // prettier-ignore
  return { code: statusOf(exit), stdout: stdout ?? "", stderr: stderr ?? "" };
}

function statusOf({ code, signal }: Exit): number {
  return code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
}
