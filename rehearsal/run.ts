import { RekeyError } from "../operator/errors";
import { createProgress, printJson, printText, widthOf } from "../operator/output";
import { interruptible } from "./interruption";
import { endKept, keptText, noteKept } from "./kept";
import { SYSTEMS, System } from "../stacks/inventory";
import { Providers } from "./project";
import { rehearse } from "./rehearse";
import { reportText } from "./report";

/** The options of `rekey rehearse`, as the command line gives them. */
export interface RehearseArguments {
  readonly systems: readonly string[];
  readonly rate: number;
  readonly providers: Providers;
  readonly overlap: number;
  readonly backend: readonly string[];
  readonly googlePort?: number;
  readonly postgresPort?: number;
  readonly keep: boolean;
  readonly end?: string;
  readonly json: boolean;
}

/** Runs `rekey rehearse`: prints the table or the document, and sets the exit code to 1 if anything is not as promised. */
export async function runRehearse(options: RehearseArguments): Promise<void> {
  if (options.end !== undefined) return end(options.end, options);
  const systems = checkSystems(options);
  const progress = createProgress();
  try {
    const { overlap: overlapSeconds, backend: backends, ...rest } = options;
    const { report, kept } = await interruptible(
      () => rehearse({ ...rest, systems, overlapSeconds, backends, progress }),
      (line) => progress.note(line),
    );
    progress.end();
    if (kept) {
      await noteKept(kept);
      process.stderr.write(`${keptText(kept)}\n`);
    }
    if (options.json) await printJson(report);
    else await printText(`${reportText(report, widthOf(process.stdout))}\n`);
    if (report.problems.length > 0) process.exitCode = 1;
  } catch (error) {
    throw ofRehearsal(error, systems);
  } finally {
    progress.end();
  }
}

/** A failed update of a rehearsal cannot be mended by another one, as that of a real stack can: its clouds are gone. */
function ofRehearsal(error: unknown, systems: readonly System[]): unknown {
  if (!(error instanceof RekeyError) || error.code !== "update-failed") return error;
  const fix = `mend the cause, then rekey rehearse --systems ${systems.join(",")}`;
  return new RekeyError({ ...error, message: error.message, fix, cause: error });
}

async function end(folder: string, { json }: RehearseArguments): Promise<void> {
  const ended = await endKept(folder);
  if (json) return printJson(ended);
  await printText(`ended ${ended.processes} process(es) and removed ${ended.removed}`);
}

function checkSystems({ systems: given, keep }: RehearseArguments): System[] {
  const names = given.length === 1 && given[0] === "all" ? [...SYSTEMS] : given;
  const unknown = names.filter((name) => !SYSTEMS.some((known) => known === name));
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  const problem =
    names.length === 0
      ? "no system is named"
      : unknown.length > 0
        ? `unknown system: ${unknown.map((name) => JSON.stringify(name)).join(", ")}`
        : twice !== undefined
          ? `${twice} is named twice`
          : keep && names.length > 1
            ? "--keep keeps the clouds of one system only"
            : undefined;
  if (problem === undefined && keep && names.includes("project"))
    throw RekeyError.usage({
      message:
        "the clouds of project cannot be kept: its cluster is a fake in the command's own process",
      path: "--keep",
      allowed: "one of the other systems: capanel, mgmt-vibe, proxpanel",
      fix: "rekey rehearse --systems project, without --keep",
    });
  if (problem === undefined) return SYSTEMS.filter((name) => names.includes(name));
  throw RekeyError.usage({
    message: problem,
    path: "--systems",
    allowed: `${SYSTEMS.join(", ")}, or all`,
    fix: `rekey rehearse --systems ${SYSTEMS[0]}`,
  });
}
