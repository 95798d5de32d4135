import { findEngine } from "../engine";
import { explain } from "./engine-errors";
import { type SharedValue, type StackSettings, sharedBetween, valuesOf } from "./environments";
import { RekeyError } from "./errors";
import { createProgress, printJson, printText, widthOf, wrap } from "./output";
import { type OpenProject, openProject, stacksOf } from "./project";
import { openStack } from "./workspace";

/** The options of `rekey environments`. */
export interface EnvironmentsOptions {
  readonly cwd?: string;
  readonly json?: boolean;
}

/**
 * Opens the settings of the stacks, compares what they hold, and sets exit code 1 where two environments share a value.
 *
 * @param names the stacks; all that have a settings file unless some are named.
 */
export async function runEnvironments(
  names: readonly string[],
  { cwd, json }: EnvironmentsOptions,
): Promise<void> {
  const stacks = names.length > 0 ? names : await stacksOf(cwd);
  const opened = await Promise.all(stacks.map((stack) => openProject({ cwd, stack })));
  if (new Set(opened.map(environmentOf)).size < 2)
    throw RekeyError.usage({
      message: `all of ${stacks.join(", ")} are of one environment: there is nothing to compare`,
      path: "rekey:environment",
      allowed: "stacks of two or more environments",
      fix: "rekey environments staging prod",
    });
  const settings = await settingsOf(opened);
  const values = settings.flatMap(valuesOf);
  const shared = sharedBetween(values);
  if (shared.length > 0) process.exitCode = 1;
  const compared = settings.map((one) => ({
    stack: one.stack,
    environment: one.environment,
    values: values.filter(({ stack }) => stack === one.stack).length,
  }));
  if (json) return printJson({ stacks: compared, shared: shared.map(({ places }) => places) });
  await printText(textOf(compared, shared));
}

async function settingsOf(opened: readonly OpenProject[]): Promise<StackSettings[]> {
  const progress = createProgress();
  try {
    const { command } = await findEngine({ progress });
    const settings: StackSettings[] = [];
    for (const project of opened) {
      const { cwd, stack, secrets } = project;
      progress.step(`opening the settings of ${stack}`);
      const place = { cwd, stack, command };
      try {
        const config = await (await openStack(place)).stack.getAllConfig();
        settings.push({ stack, environment: environmentOf(project), config, secrets });
      } catch (error) {
        throw explain(error, { place, observed: { messages: [] }, mistake: undefined });
      }
    }
    return settings;
  } finally {
    progress.end();
  }
}

/** A stack that names none is an environment of its own. */
function environmentOf({ stack, file }: OpenProject): string {
  const named = file.config["rekey:environment"];
  return typeof named === "string" ? named : stack;
}

function textOf(
  compared: readonly { stack: string; environment: string; values: number }[],
  shared: readonly SharedValue[],
): string {
  const width = widthOf(process.stdout);
  const lines = shared.flatMap(({ places: [first, ...others] }) => [
    wrap(
      `One value: ${[first, ...others].map((one) => `${one?.setting} of ${one?.stack}`).join(", ")}`,
      width,
      2,
    ),
    wrap(
      "  fix: have a value issued for one of the environments, and take it in there with `rekey stage`",
      width,
      7,
    ),
  ]);
  const opened = compared.map(
    ({ stack, environment, values }) => `${stack} (${environment}): ${values} value(s)`,
  );
  const verdict =
    shared.length === 0
      ? "No value is shared between two environments."
      : `${shared.length} value(s) shared between environments.`;
  return [...opened, "", ...lines, ...(lines.length > 0 ? [""] : []), verdict].join("\n");
}
