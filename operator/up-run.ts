import { Engine, findEngine } from "../engine";
import { packPath, policyEnvironment } from "../policies/run";
import { Cancellation, cancellable } from "./cancellation";
import { Progress, createProgress, printJson, printText } from "./output";
import { dayOfCheck, withPolicyConfiguration } from "./policy-configuration";
import { Project, Whereabouts, findProject } from "./project";
import { UpResult, up } from "./up";
import { plainEnvironment } from "./workspace";

/** The options of `rekey up`, as the command line gives them. */
export interface UpArguments extends Whereabouts {
  readonly expectNoChanges?: boolean;
  readonly json?: boolean;
}

/** Runs `rekey up`: progress on standard error, the result on standard output. */
export async function runUp(options: UpArguments): Promise<void> {
  const { cwd, stack } = await findProject(options);
  const progress = createProgress();
  try {
    const engine = await findEngine({ progress });
    const { expectNoChanges = false } = options;
    const result = await updateStack({ cwd, stack, engine, progress, expectNoChanges });
    progress.end();
    if (options.json) await printJson(documentOf(stack, result));
    else await printText(`${textOf(stack, result)}\n`);
  } finally {
    progress.end();
  }
}

/** What {@link updateStack} works with. */
export interface StackUpdate extends Pick<Project, "cwd" | "stack"> {
  readonly engine: Engine;
  readonly progress: Progress;
  readonly expectNoChanges?: boolean;
  /** Previews with the pack before anything changes; true unless set. */
  readonly previewFirst?: boolean;
}

/**
 * Updates a stack as `rekey up` does: recovers, holds it against the policy pack, applies. Findings that the project's policies.json
 * accepts pass until their last day, by this machine's clock.
 */
export function updateStack({
  cwd,
  stack,
  engine,
  progress,
  expectNoChanges = false,
  previewFirst = true,
}: StackUpdate): Promise<UpResult> {
  const note = (line: string) => progress.note(line);
  const update = (policyPackConfigs: readonly string[]) => (cancellation: Cancellation) =>
    up({
      cwd,
      stack,
      command: engine.command,
      env: plainEnvironment(policyEnvironment(process.env)),
      policyPacks: [packPath],
      policyPackConfigs,
      previewFirst,
      expectNoChanges,
      progress: note,
      cancellation,
    });
  return withPolicyConfiguration({ cwd, day: dayOfCheck(new Date()) }, (configs) =>
    cancellable(update(configs), note, stack),
  );
}

function documentOf(stack: string, { changes, outputs, mended, observed }: UpResult) {
  const steps = observed.steps.map(({ operation, type, name }) => ({ operation, type, name }));
  return { stack, changes, outputs, mended, steps, notes: observed.notes };
}

function textOf(stack: string, { changes, mended, observed }: UpResult): string {
  const { same = 0, ...changed } = changes;
  const done = Object.entries(changed).map(([what, count]) => `${count} ${what}`);
  return [
    ...mended.map((line) => `recovered: ${line}`),
    ...observed.notes.map((line) => `note: ${line}`),
    done.length === 0
      ? `${stack}: nothing to change (${same} resources)`
      : `${stack}: ${done.join(", ")}, ${same} unchanged`,
  ].join("\n");
}
