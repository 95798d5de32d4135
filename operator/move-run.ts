import { basename } from "node:path";
import type { SecretDeclaration } from "../components/inventory";
import { ROTATIONS } from "../components/records";
import { Move, RotationRecord, describe } from "../components/rotation";
import { author } from "./author";
import { withCipher } from "./ciphertext";
import { unifiedDiff } from "./diff";
import { RekeyError } from "./errors";
import { Taken, externalOf, settingOf, settingsWith, withoutEmptied } from "./external";
import { askLate, readValue } from "./intake";
import { PlannedMove, Said, filledSlot, nextSteps, planMoves } from "./moves";
import { printJson, printText, wrap } from "./output";
import { OpenProject, Whereabouts, openProject } from "./project";
import { Changes, withChanges, writeStackFile } from "./record-file";
import { saidOf } from "./said";
import { choose } from "./selection";
import { lineWidth } from "./status";
import { PlainMap } from "./yaml-text";

/** The options of a move, as the command line gives them. */
export interface MoveOptions extends Whereabouts {
  readonly group?: string;
  readonly system?: string;
  readonly readableBy?: string;
  readonly all?: boolean;
  readonly reason?: string;
  readonly by?: string;
  readonly graceEnds?: string;
  readonly valueStdin?: boolean;
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
  const chosen = choose(open.secrets, open.records, move, { names, ...options });
  const said = saidOf(options, options.by ?? (await author(open.cwd)), new Date());
  const planned = planMoves(move, chosen, open.records, said, open.stack);
  const dry = options.dryRun === true;
  const text = withChanges(open.file, await changesOf(open, planned, options));
  if (!dry) await writeStackFile(open.file, text);
  if (options.json) return printJson(documentOf(open, planned, !dry));
  await printText(reportOf(open, planned, text, dry));
}

/** A move that was written, as the commands' documents show it. */
export interface MadeMove {
  readonly secret: string;
  readonly move: Move;
  readonly from: RotationRecord;
  readonly to: RotationRecord;
  readonly interruption: string;
  readonly advice?: string;
}

/** Plans a move for each secret, takes in what new values it needs and writes the settings file at once. */
export async function makeMoves(
  open: OpenProject,
  move: Move,
  secrets: readonly SecretDeclaration[],
  said: Said,
  options: MoveOptions,
): Promise<MadeMove[]> {
  const planned = planMoves(move, secrets, open.records, said, open.stack);
  await writeStackFile(open.file, withChanges(open.file, await changesOf(open, planned, options)));
  return planned.map(madeMove);
}

async function changesOf(
  open: OpenProject,
  planned: readonly PlannedMove[],
  options: MoveOptions,
): Promise<Changes> {
  const records = {
    ...(open.file.config[ROTATIONS] as PlainMap | undefined),
    ...Object.fromEntries(planned.map(({ secret, to }) => [secret.name, plainRecord(to)])),
  };
  const wanting = planned.filter(wantsValue);
  if (options.valueStdin === true && (wanting.length !== 1 || planned.length !== 1))
    throw RekeyError.usage({
      message: "--value-stdin is for one externally issued secret that gets a new generation",
      path: "--value-stdin",
      allowed: "`stage` or `rotate` of one such secret",
      fix: "name that secret alone, or leave the option out",
    });
  const external = withoutEmptied(open.file, planned);
  const touched = planned.some(({ secret }) => secret.source === "external");
  if (wanting.length === 0 || options.dryRun === true) {
    const settings = touched && hasExternal(open) ? settingOf(external) : {};
    return { config: { [ROTATIONS]: records, ...settings } };
  }
  const take = await askLate(() => takeIn(wanting, options), options.valueStdin);
  return withCipher(open, open.file, async (cipher) => {
    const { file, records: before } = open;
    const settings = await settingsWith({ file, external, records: before, cipher, take });
    return { config: { [ROTATIONS]: records, ...settings }, beside: cipher.beside() };
  });
}

function hasExternal({ file }: OpenProject): boolean {
  return Object.keys(externalOf(file)).length > 0;
}

function wantsValue({ secret, from, to }: PlannedMove): boolean {
  return secret.source === "external" && filledSlot(from, to) !== undefined;
}

async function takeIn(wanting: readonly PlannedMove[], options: MoveOptions): Promise<Taken[]> {
  const taken: Taken[] = [];
  for (const { secret, from, to } of wanting) {
    const slot = filledSlot(from, to) ?? to.active;
    const value = await readValue(secret, { stdin: options.valueStdin });
    taken.push({ secret, slot, generation: to.generation, value });
  }
  return taken;
}

function plainRecord(record: RotationRecord): PlainMap {
  const { generation, active, slots, at, reason, by, graceEnds, skipped } = record;
  const said = Object.entries({ at, reason, by, graceEnds, skipped }).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return { generation, active, slots, ...Object.fromEntries(said) };
}

function documentOf(open: OpenProject, planned: readonly PlannedMove[], written: boolean) {
  return {
    stack: open.stack,
    file: open.stackFile,
    moves: planned.map(madeMove),
    written,
    next: nextSteps(planned, open.stack),
  };
}

function madeMove({ secret, ...rest }: PlannedMove): MadeMove {
  return { secret: secret.name, ...rest };
}

function reportOf(
  open: OpenProject,
  planned: readonly PlannedMove[],
  text: string,
  dry: boolean,
): string {
  const width = lineWidth();
  const colour = process.stdout.isTTY === true && !process.env.NO_COLOR;
  const name = basename(open.stackFile);
  const lines = planned.flatMap(({ secret, move, from, to, interruption, advice }) => [
    wrap(`${secret.name}: ${move}: ${describe(from)} → ${describe(to)}`, width, 2),
    wrap(`  interruption: ${interruption}`, width, 4),
    ...(advice === undefined ? [] : [wrap(`  ${advice}`, width, 4)]),
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
  return [unifiedDiff(open.file.text, text, { name, colour }), "", ...lines, "", ...end].join("\n");
}
