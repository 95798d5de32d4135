import { RekeyError } from "../operator/errors";
import { createProgress, printJson, printText, widthOf } from "../operator/output";
import { endKept, keptText, noteKept } from "./kept";
import { Providers } from "./project";
import { REHEARSED, rehearse } from "./rehearse";
import { reportText } from "./report";

/** The options of `rekey rehearse`, as the command line gives them. */
export interface RehearseArguments {
  readonly systems: readonly string[];
  readonly rate: number;
  readonly providers: Providers;
  readonly overlap: number;
  readonly googlePort?: number;
  readonly postgresPort?: number;
  readonly keep: boolean;
  readonly end?: string;
  readonly json: boolean;
}

/** Runs `rekey rehearse`: prints the table or the document, and sets the exit code to 1 if anything is not as promised. */
export async function runRehearse(options: RehearseArguments): Promise<void> {
  if (options.end !== undefined) return printText(`${await endKept(options.end)}\n`);
  checkSystems(options.systems);
  const progress = createProgress();
  try {
    const { overlap: overlapSeconds, ...rest } = options;
    const { report, kept } = await rehearse({ ...rest, overlapSeconds, progress });
    progress.end();
    if (kept) {
      await noteKept(kept);
      process.stderr.write(`${keptText(kept)}\n`);
    }
    if (options.json) await printJson(report);
    else await printText(`${reportText(report, widthOf(process.stdout))}\n`);
    if (report.problems.length > 0) process.exitCode = 1;
  } finally {
    progress.end();
  }
}

function checkSystems(names: readonly string[]): void {
  const known = REHEARSED.map(({ name }) => name);
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length === 0 && names.length > 0) return;
  throw RekeyError.usage({
    message: `unknown system: ${unknown.map((name) => JSON.stringify(name)).join(", ")}`,
    path: "--systems",
    allowed: known.join(", "),
    fix: `rekey rehearse --systems ${known[0]}`,
  });
}
