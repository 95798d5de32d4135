import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { RekeyError } from "../errors";
import { createProgress, printJson, printText } from "../output";
import type { RotationRecord } from "../../components/rotation";
import { SYSTEMS_SETTING, Whereabouts, findProject, readSystems } from "../project";
import { readStackFile } from "../record-file";
import { lineWidth } from "../status";
import type { PlainMap } from "../yaml-text";
import { readDate } from "./ages";
import { MOST_PLAN_BYTES, PlanDocument, hasErrors, planDocument } from "./document";
import { programChanged, readBase } from "./git";
import { recordLines, settingLines } from "./lines";
import { markdownOf } from "./markdown";
import { PlanInput, planOf } from "./plan";
import { sarifOf } from "./sarif";
import { readBaseSide, readHead } from "./side";
import { readState } from "./state-source";
import { textOf } from "./text";

/** The options of `rekey plan`, as the command line gives them. */
export interface PlanOptions extends Whereabouts {
  readonly base?: string;
  /** A file; false for `--no-state`. */
  readonly state?: string | false;
  /** Brings the base up in the rehearsal and previews the head there, if a secret moves or the program, the policies or the settings changed. */
  readonly rehearse?: boolean;
  readonly date?: string;
  readonly markdown?: boolean;
  readonly json?: boolean;
  readonly sarif?: boolean;
  /** A folder for all three forms. */
  readonly out?: string;
  /** A plan made before, read as data. */
  readonly from?: string;
}

/** Makes the plan and prints it; a finding of error level sets the exit code to 1. */
export async function runPlan(options: PlanOptions): Promise<void> {
  const forms = [options.markdown, options.json, options.sarif].filter(Boolean).length;
  if (forms > 1)
    throw RekeyError.usage({
      message: "one form at a time goes to standard output",
      path: "--markdown, --json, --sarif",
      allowed: "one of them",
      fix: "`--out <folder>` writes all three",
    });
  const plan = options.from === undefined ? await makePlan(options) : await readPlan(options.from);
  if (options.out !== undefined) await writeForms(plan, options.out);
  await print(plan, options);
  // What was made before was judged before.
  if (options.from === undefined && hasErrors(plan)) process.exitCode = 1;
}

/** Reads the settings file, the base and the state, and makes the plan. */
export async function makePlan(options: PlanOptions): Promise<PlanDocument> {
  const date = options.date === undefined ? undefined : readDate(options.date);
  const project = await findProject(options);
  const file = await readStackFile(project.stackFile);
  const head = readHead(file);
  const base = await readBase(project.stackFile, options.base);
  const input: PlanInput = {
    stack: basename(project.stack),
    file: base.file,
    head,
    base: {
      ref: base.ref,
      commit: base.commit,
      hadFile: base.text !== undefined,
      side: base.text === undefined ? undefined : readBaseSide(base.file, base.text),
    },
    state: await readState(project, options.rehearse ? false : options.state),
    date,
    lineOf: recordLines(file.text),
    lineOfSetting: settingLines(file.text),
  };
  const plan = planOf(input);
  if (options.rehearse !== true) return plan;
  const worth =
    plan.secrets.some(({ change }) => change === "moved") ||
    (await programChanged(project.cwd, project.stackFile, base.commit));
  return worth ? planOf(await rehearsed(input, file.config)) : plan;
}

/** The same input with the state that the base has in the rehearsal, and the head's preview there. */
async function rehearsed(input: PlanInput, config: PlainMap): Promise<PlanInput> {
  const { rehearseChange } = require("./rehearsed") as typeof import("./rehearsed");
  const progress = createProgress();
  try {
    const change = {
      base: input.base.side?.records ?? new Map<string, RotationRecord>(),
      head: input.head.records,
      day: input.date,
      config,
    };
    const systems = readSystems(config[SYSTEMS_SETTING]);
    const { resources, ...preview } = await rehearseChange(systems, change, progress);
    return { ...input, state: { kind: "rehearsed", resources }, preview };
  } finally {
    progress.end();
  }
}

/**
 * Reads a plan that was made before, perhaps by somebody else's code: bounded in size, held against the form field by field.
 *
 * @throws RekeyError (exit 2) that names the field at fault and never quotes it.
 */
export async function readPlan(path: string): Promise<PlanDocument> {
  const refused = (message: string) =>
    new RekeyError({
      code: "illegal-plan",
      exitCode: 2,
      message,
      path: `--from ${path}`,
      allowed: `a document of \`rekey plan --json\`, up to ${MOST_PLAN_BYTES} bytes`,
      fix: "make it again: `rekey plan --json`",
    });
  const { size } = await stat(path).catch((error: NodeJS.ErrnoException) => {
    throw refused(`cannot be read (${error.code ?? "unknown reason"})`);
  });
  if (size > MOST_PLAN_BYTES) throw refused(`is too large: ${size} bytes`);
  let content: unknown;
  try {
    content = JSON.parse(await readFile(path, "utf8"));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw refused("is no JSON");
  }
  const parsed = planDocument.safeParse(content);
  if (parsed.success) return parsed.data;
  const where = (parsed.error.issues[0]?.path ?? []).map(String).join(".").slice(0, 100);
  throw refused(`is no plan: ${where || "the document"} is not of the form`);
}

async function print(plan: PlanDocument, options: PlanOptions): Promise<void> {
  if (options.json) return printJson(plan);
  if (options.sarif) return printJson(sarifOf(plan, await version()));
  if (options.markdown) return printText(markdownOf(plan).trimEnd());
  if (options.out === undefined || options.from === undefined)
    await printText(textOf(plan, lineWidth()));
}

async function writeForms(plan: PlanDocument, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const forms = {
    json: `${JSON.stringify(plan, null, 2)}\n`,
    md: markdownOf(plan),
    sarif: `${JSON.stringify(sarifOf(plan, await version()), null, 2)}\n`,
  };
  for (const [extension, text] of Object.entries(forms))
    await writeFile(join(folder, `plan-${plan.stack}.${extension}`), text);
}

async function version(): Promise<string> {
  const text = await readFile(join(__dirname, "../../package.json"), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}
