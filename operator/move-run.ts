import { basename } from "node:path";
import type { SecretDeclaration } from "../components/inventory";
import { Move, RotationRecord, describe } from "../components/rotation";
import { author } from "./author";
import { byHand } from "./by-hand";
import { unifiedDiff } from "./diff";
import { Validation, validationInWords } from "./issuers/validate";
import { AboutValues, changesOf, wantsValue } from "./move-changes";
import { PUBLIC_VALUE, PlannedMove, Said, nextSteps, planMoves } from "./moves";
import { printJson, printText, wrap } from "./output";
import { OpenProject, Whereabouts, openProject } from "./project";
import { withChanges, writeStackFile } from "./record-file";
import { saidOf } from "./said";
import { chooseToMove } from "./selection";
import { lineWidth } from "./status";
import { TakenIn, TakingOptions } from "./taking";
import { Stored, storedInWords } from "./to-store/stored";

/** The options of a move, as the command line gives them. */
export interface MoveOptions extends Whereabouts, TakingOptions {
  readonly group?: string;
  readonly system?: string;
  readonly readableBy?: string;
  readonly tier?: string;
  readonly all?: boolean;
  readonly reason?: string;
  readonly by?: string;
  readonly graceEnds?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** Makes one move for the chosen secrets: plans it, takes new values in, writes the settings file at once and says what comes next. */
export async function runMove(
  move: Move,
  names: readonly string[],
  options: MoveOptions,
): Promise<void> {
  const open = await openProject(options);
  const chosen = chooseToMove(
    open.secrets,
    open.records,
    move,
    { names, ...options },
    { leaveOut: "some" },
  );
  const said = saidOf(options, options.by ?? (await author(open.cwd)), new Date());
  const planned = planMoves(move, chosen, open.records, said, open.stack);
  const dry = options.dryRun === true;
  const { changes, ...about } = await changesOf(open, planned, options);
  const text = withChanges(open.file, changes);
  if (!dry) await writeStackFile(open.file, text);
  const left = byHand(open, options);
  if (options.json) return printJson({ ...documentOf(open, planned, about, !dry), byHand: left });
  await printText(reportOf(open, planned, about, text, dry, left));
}

/** A move that was written, as the commands' documents show it. */
export interface MadeMove {
  readonly secret: string;
  readonly move: Move;
  readonly from: RotationRecord;
  readonly to: RotationRecord;
  readonly interruption: string;
  /** Only there for a value that anybody can read. */
  readonly public?: true;
  readonly advice?: string;
  /** What its issuer said of the new value; only where one was taken in. */
  readonly validation?: Validation;
  /** Where it was put; only for `--to-store`. */
  readonly stored?: Omit<Stored, "secret">;
}

/**
 * Plans a move for each secret, takes in what new values it needs and writes the settings file at once.
 *
 * @param taken new values that were taken in before; unless set, they are asked for here.
 */
export async function makeMoves(
  open: OpenProject,
  move: Move,
  secrets: readonly SecretDeclaration[],
  said: Said,
  options: MoveOptions,
  taken?: TakenIn,
): Promise<MadeMove[]> {
  const planned = planMoves(move, secrets, open.records, said, open.stack);
  const { changes, ...about } = await changesOf(open, planned, options, taken);
  await writeStackFile(open.file, withChanges(open.file, changes));
  return planned.map((one) => madeMove(one, about));
}

function documentOf(
  open: OpenProject,
  planned: readonly PlannedMove[],
  about: AboutValues,
  written: boolean,
) {
  return {
    stack: open.stack,
    file: open.stackFile,
    moves: planned.map((one) => madeMove(one, about)),
    written,
    next: nextSteps(planned, open.stack),
  };
}

function madeMove({ secret, ...rest }: PlannedMove, about: AboutValues): MadeMove {
  const validation = about.validations.find((one) => one.secret === secret.name);
  const [stored] = about.stored.flatMap(({ secret: name, ...where }) =>
    name === secret.name ? [where] : [],
  );
  return {
    secret: secret.name,
    ...rest,
    ...(secret.public === true ? { public: true } : {}),
    ...(validation === undefined ? {} : { validation }),
    ...(stored === undefined ? {} : { stored }),
  };
}

function reportOf(
  open: OpenProject,
  planned: readonly PlannedMove[],
  { validations, stored }: AboutValues,
  text: string,
  dry: boolean,
  left: readonly string[],
): string {
  const width = lineWidth();
  const colour = process.stdout.isTTY === true && !process.env.NO_COLOR;
  const name = basename(open.stackFile);
  const lines = planned.flatMap(({ secret, move, from, to, interruption, advice }) => [
    wrap(`${secret.name}: ${move}: ${describe(from)} → ${describe(to)}`, width, 2),
    wrap(`  interruption: ${interruption}`, width, 4),
    ...(secret.public === true ? [wrap(`  ${PUBLIC_VALUE}`, width, 4)] : []),
    ...(advice === undefined ? [] : [wrap(`  ${advice}`, width, 4)]),
    ...validations
      .filter((one) => one.secret === secret.name)
      .map((one) => wrap(`  ${validationInWords(one)}`, width, 4)),
    ...stored
      .filter((one) => one.secret === secret.name)
      .map((one) => wrap(`  ${storedInWords(one)}`, width, 4)),
    ...(dry && wantsValue({ secret, move, from, to, interruption })
      ? [wrap("  its new value will be asked for", width, 4)]
      : []),
  ]);
  const end = dry
    ? [`Nothing was written to ${name}: this was a dry run.`]
    : [
        `Written to ${name}.`,
        "Next:",
        ...nextSteps(planned, open.stack).map((step) => `  ${step}`),
      ];
  const diff = unifiedDiff(open.file.text, text, { name, colour });
  return [diff, "", ...lines, "", ...end, ...left.map((one) => wrap(one, width, 2))].join("\n");
}
