import { findEngine } from "../engine";
import { packPath, policyEnvironment } from "../policies/run";
import { createProgress, printJson, printText } from "./output";
import { Whereabouts, findProject } from "./project";
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
    const result = await up({
      cwd,
      stack,
      command: engine.command,
      env: plainEnvironment(policyEnvironment(process.env)),
      policyPacks: [packPath],
      previewFirst: true,
      ...(options.expectNoChanges === undefined
        ? {}
        : { expectNoChanges: options.expectNoChanges }),
      progress: (line) => progress.note(line),
    });
    progress.end();
    if (options.json) await printJson(documentOf(stack, result));
    else await printText(`${textOf(stack, result)}\n`);
  } finally {
    progress.end();
  }
}

function documentOf(stack: string, { changes, outputs, mended, observed }: UpResult) {
  const steps = observed.steps.map(({ operation, type, name }) => ({ operation, type, name }));
  return { stack, changes, outputs, mended, steps };
}

function textOf(stack: string, { changes, mended }: UpResult): string {
  const { same = 0, ...changed } = changes;
  const done = Object.entries(changed).map(([what, count]) => `${count} ${what}`);
  return [
    ...mended.map((line) => `recovered: ${line}`),
    done.length === 0
      ? `${stack}: nothing to change (${same} resources)`
      : `${stack}: ${done.join(", ")}, ${same} unchanged`,
  ].join("\n");
}
