import { Command } from "commander";
import { findEngine, type Source } from "../../engine";
import { createProgress, printJson, printText } from "../output";

const ORIGINS: Record<Source, string> = {
  path: "found on PATH",
  download: "the official download",
  build: "built with Go from engine/go.mod",
};

const EXAMPLES = `
Examples:
  $ rekey engine           # 3.256.0, built with Go from engine/go.mod
  $ rekey engine --json    # {"version": "3.256.0", "source": "build", "path": "…/bin/pulumi"}

Searched in this order: PATH (3.226.0 or later), what rekey got before
($XDG_CACHE_HOME/rekey/engine or ~/.cache/rekey/engine), the official download, a build with Go.
The first build takes some minutes; its progress is on standard error.`;

/**
 * The command `rekey engine`: gets the Pulumi CLI if there is none yet, and tells which one is used, its version and where it came
 * from. Worth running once before the first update, so that this one does not wait for a build.
 */
export function engineCommand(): Command {
  return new Command("engine")
    .summary("show which Pulumi CLI is used, and get one if there is none")
    .description(
      "Shows which Pulumi CLI is used, its version and where it came from; gets one if there is none.",
    )
    .option("--json", "write one JSON document to standard output")
    .addHelpText("after", EXAMPLES)
    .action(async ({ json }: { json?: boolean }) => {
      const { version, source, path } = await findEngine({ progress: createProgress() });
      if (json) await printJson({ version, source, path });
      else await printText(`Pulumi CLI ${version}, ${ORIGINS[source]}\n${path}`);
    });
}
