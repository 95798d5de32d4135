import { z } from "zod";
import type { Context } from "../protocol/resource";
import type { Properties } from "../protocol/values";

const text = z.string().optional();

/** The inputs that commands of this machine and of a remote one have in common. */
export const COMMON = {
  addPreviousOutputInEnv: z.boolean().optional(),
  create: text,
  delete: text,
  environment: z.record(z.string(), z.string()).optional(),
  logging: z.enum(["stdout", "stderr", "stdoutAndStderr", "none"]).optional(),
  stdin: text,
  triggers: z.array(z.unknown()).optional(),
  update: text,
};

/** What a command wrote. */
export type Outputs = { stdout: string; stderr: string };

/** When a command is run. */
export type Verb = "create" | "update" | "delete";

/** What a command wrote the last time, as the state has it. */
export function previous(outputs: Properties): Outputs {
  const { stdout = "", stderr = "" } = outputs as Partial<Outputs>;
  return { stdout, stderr };
}

/** The variables that hand a command the output of the run before, unless it does not want them. */
export function passedOn(
  before: Outputs | undefined,
  wanted: boolean | undefined,
): Record<string, string> {
  if (before === undefined || wanted === false) return {};
  return { PULUMI_COMMAND_STDOUT: before.stdout, PULUMI_COMMAND_STDERR: before.stderr };
}

/** Shows what a command wrote, as far as its `logging` allows. */
export function show(written: Outputs, logging: string, context: Context<undefined>): void {
  const wanted = { stdout: /stdout/, stderr: /stderr/i };
  for (const stream of ["stdout", "stderr"] as const) {
    if (wanted[stream].test(logging) && written[stream] !== "") context.log(chomp(written[stream]));
  }
}

/** The outputs as the state keeps them: without a last newline. */
export function kept({ stdout, stderr }: Outputs): Outputs {
  return { stdout: chomp(stdout), stderr: chomp(stderr) };
}

function chomp(output: string): string {
  return output.replace(/\n$/, "");
}
