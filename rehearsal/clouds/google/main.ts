/**
 * Runs the fake of Google Cloud as a process of its own: `FakeGoogleOptions` without functions as one line of JSON on standard
 * input, one line of JSON with its addresses on standard output when it is ready. It ends with its parent, and cleanly on SIGTERM.
 */
import { holdLeash } from "../../leash";
import type { CloudContext } from "./context";
import { type RunOptions, runRoutes } from "./run";
import { endpointsOf, type FakeGoogleOptions, startFakeGoogle } from "./server";

/** The fake's options, with those of Cloud Run where it is served. */
type ProcessOptions = FakeGoogleOptions & { readonly run?: RunOptions };

async function main(): Promise<void> {
  let stop: () => Promise<void> = () => Promise.resolve();
  const end = (code: number) => {
    stop().then(
      () => process.exit(code),
      (error: unknown) => {
        process.stderr.write(`fake Google Cloud: ${String(error)}\n`);
        process.exit(1);
      },
    );
  };
  const leash = holdLeash(() => end(1));
  process.once("SIGTERM", () => end(0));
  process.once("SIGINT", () => end(0));
  const { run, ...options } = readOptions(await leash.firstLine);
  const services = run === undefined ? [] : [(ctx: CloudContext) => runRoutes(ctx, run)];
  const fake = await startFakeGoogle({ ...options, services });
  stop = () => fake.stop();
  const announcement = { url: fake.url, endpoints: endpointsOf(fake.url), label: "fake" };
  process.stdout.write(`${JSON.stringify(announcement)}\n`);
}

function readOptions(line: string): ProcessOptions {
  try {
    return JSON.parse(line) as ProcessOptions;
  } catch {
    // The parser quotes its input, and this line holds a token and a password.
    throw new Error("the first line of standard input must be the options as JSON on one line");
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`fake Google Cloud: ${error instanceof Error ? error.message : "failed"}\n`);
  process.exit(1);
});
