import { createInterface } from "node:readline/promises";
import type { SecretDeclaration } from "../components/inventory";
import { findEngine } from "../engine";
import { author } from "./author";
import { byHand } from "./by-hand";
import { EmergencyStep, SKIPPED, nextStep, toReplace } from "./emergency";
import { RekeyError } from "./errors";
import { validationInWords } from "./issuers/validate";
import { MoveOptions, MadeMove, makeMoves } from "./move-run";
import { revocations } from "./moves";
import { Progress, createProgress, printJson, printText, wrap } from "./output";
import { OpenProject, openProject } from "./project";
import { saidOf } from "./said";
import { chooseToMove } from "./selection";
import { lineWidth } from "./status";
import { TakenIn, requireUse, takeLate } from "./taking";
import { storedInWords } from "./to-store/stored";
import { targetsOf } from "./to-store/target";
import { updateStack } from "./up-run";

/** The options of `rekey emergency`, as the command line gives them. */
export interface EmergencyArguments extends MoveOptions {
  readonly yes?: boolean;
}

/**
 * Runs `rekey emergency`: replaces the chosen secrets and retires what was exposed, with an update after each step and without a
 * grace in between. Broken off at any point, the same command goes on.
 */
export async function runEmergency(
  names: readonly string[],
  options: EmergencyArguments,
): Promise<void> {
  const { reason } = options;
  if (reason === undefined)
    throw RekeyError.usage({
      message: "an emergency needs a reason: the records keep it",
      path: "--reason",
      allowed: "one line that says what was exposed",
      fix: 'rekey emergency <secret> --reason "leaked in a log"',
    });
  const open = await openProject(options);
  const chosen = chooseToMove(
    open.secrets,
    open.records,
    "rotate",
    { names, ...options },
    { leaveOut: "none" },
  );
  const wanted = new Set(chosen.map(({ name }) => name));
  const external = chosen.filter(({ source }) => source === "external");
  if (options.toStore === true) targetsOf(external, open.file.config);
  if (options.dryRun === true) return show(open, nextStep(chosen, open.records, reason));
  if (options.yes !== true) await confirm(open, [...wanted]);
  const taken = await takeFirst(open, chosen, reason, options);
  const said = saidOf(options, options.by ?? (await author(open.cwd)), new Date());
  const progress = createProgress();
  try {
    const engine = await findEngine({ progress });
    const notes: string[] = [];
    const made = await followThrough(options, wanted, reason, {
      update: async () => {
        const { observed } = await updateStack({ ...open, engine, progress, previewFirst: false });
        notes.push(...observed.notes);
      },
      move: (at, step) =>
        makeMoves(at, step.move, step.secrets, { ...said, skipped: step.skipped }, options, taken),
      progress,
    });
    progress.end();
    const replaced = chosen.map((secret) => ({ secret }));
    const next = [...revocations(replaced, "revoke the old"), ...byHand(open, options)];
    if (options.json) {
      const { stack } = open;
      return await printJson({ stack, moves: made, skipped: SKIPPED, notes, next });
    }
    await printText(textOf(made, notes, next));
  } finally {
    progress.end();
  }
}

/** Every new value is there and was held against its issuer before the first change. */
async function takeFirst(
  { file, records }: OpenProject,
  chosen: readonly SecretDeclaration[],
  reason: string,
  options: EmergencyArguments,
): Promise<TakenIn> {
  const external = chosen.filter(({ source }) => source === "external");
  const missing = toReplace(external, records, reason);
  // Where all have been replaced, this is a repetition of a command that was broken off.
  requireUse(external.length, options);
  const known = external.map(({ name }) => name);
  return (await takeLate(missing, file.config, options, known))();
}

interface Hands {
  readonly update: () => Promise<unknown>;
  readonly move: (open: OpenProject, step: EmergencyStep) => Promise<readonly MadeMove[]>;
  readonly progress: Progress;
}

async function followThrough(
  options: EmergencyArguments,
  wanted: ReadonlySet<string>,
  reason: string,
  { update, move, progress }: Hands,
): Promise<MadeMove[]> {
  const made: MadeMove[] = [];
  // Whatever an earlier run wrote and did not apply comes first.
  await update();
  for (;;) {
    const open = await openProject(options);
    const secrets = open.secrets.filter(({ name }) => wanted.has(name));
    const step = nextStep(secrets, open.records, reason);
    if (!step) return made;
    progress.note(`${step.move} ${step.secrets.map(({ name }) => name).join(", ")}`);
    made.push(...(await move(open, step)));
    await update();
  }
}

function show({ stack }: OpenProject, step: EmergencyStep | undefined): Promise<void> {
  const first = step
    ? `first: ${step.move} ${step.secrets.map(({ name }) => name).join(", ")}`
    : "nothing to do";
  return printText(`${stack}: ${first}. Nothing was written: this was a dry run.`);
}

async function confirm({ stack }: OpenProject, names: readonly string[]): Promise<void> {
  const refused = (message: string) =>
    RekeyError.usage({
      message,
      path: "--yes",
      allowed: "--yes, or the stack's name typed when asked",
      fix: `rekey emergency ${names.join(" ")} -s ${stack} --reason … --yes`,
    });
  if (!process.stdin.isTTY || !process.stderr.isTTY)
    throw refused(
      "an emergency cuts off whoever uses the old values, and nobody is here to confirm it",
    );
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await lines.question(
      `${names.join(", ")} will be replaced on ${stack}; whoever uses the old values is cut off.\nType the stack's name to go on: `,
    );
    if (answer.trim() !== stack) throw refused("not confirmed; nothing was changed");
  } finally {
    lines.close();
  }
}

function textOf(
  made: readonly MadeMove[],
  notes: readonly string[],
  next: readonly string[],
): string {
  const width = lineWidth();
  return [
    ...made.flatMap(({ secret, move, interruption, validation, stored }) => [
      wrap(`${secret}: ${move} (interruption: ${interruption})`, width, 2),
      ...(validation ? [wrap(`  ${validationInWords(validation)}`, width, 4)] : []),
      ...(stored ? [wrap(`  ${storedInWords({ secret, ...stored })}`, width, 4)] : []),
    ]),
    made.length === 0
      ? "nothing was left to do for this reason; another emergency has a reason of its own"
      : `skipped: ${SKIPPED}`,
    ...notes.map((line) => wrap(`note: ${line}`, width, 2)),
    ...(next.length === 0 ? [] : ["Next:", ...next.map((step) => wrap(`  ${step}`, width, 4))]),
  ].join("\n");
}
