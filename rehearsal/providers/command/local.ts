import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { z } from "zod";
import type { Context, Resource } from "../protocol/resource";
import { COMMON, kept, type Outputs, passedOn, previous, show, type Verb } from "./shared";

const inputs = z.strictObject({
  ...COMMON,
  dir: z.string().optional(),
  interpreter: z.array(z.string()).min(1).optional(),
});

type Inputs = z.infer<typeof inputs>;

/**
 * A command of this machine, run at creation, change and deletion, as the official provider runs it:
 * through `/bin/sh -c`, with the provider's environment and the given one on top. A non-zero exit fails
 * the operation with what the command wrote to its standard error. `assetPaths` and `archivePaths` are
 * not known here.
 */
export const localCommand: Resource<undefined> = {
  token: "command:local:Command",
  inputs,
  replaceOn: ["triggers"],
  secretsFlow: true,
  computed: ["stderr", "stdout"],
  computedOnUpdate: () => ["stderr", "stdout"],
  create: async (given, context) => {
    const id = `${context.name}${randomBytes(4).toString("hex")}`;
    return { id, outputs: await run("create", given, undefined, context) };
  },
  // Nothing can be looked up: what the command did is known to the command alone.
  read: (id, old) => {
    if (!old) throw new Error("command:local:Command cannot be imported");
    return Promise.resolve({ id, ...old });
  },
  update: async (_id, old, wanted, context) => {
    const given = wanted as Inputs;
    const verb = given.update === undefined ? "create" : "update";
    return run(verb, given, previous(old.outputs), context);
  },
  delete: async (_id, old, context) => {
    await run("delete", old.inputs, previous(old.outputs), context);
  },
};

async function run(
  verb: Verb,
  given: Inputs,
  before: Outputs | undefined,
  context: Context<undefined>,
): Promise<Outputs> {
  const script = given[verb];
  if (script === undefined) return before ?? { stdout: "", stderr: "" };
  const [program = "/bin/sh", ...flags] = given.interpreter ?? ["/bin/sh", "-c"];
  const child = spawn(program, [...flags, script], {
    cwd: given.dir,
    env: {
      ...process.env,
      ...passedOn(before, given.addPreviousOutputInEnv),
      ...given.environment,
    },
    stdio: ["pipe", "pipe", "pipe"],
    signal: context.signal,
  });
  const written = { stdout: "", stderr: "" };
  for (const stream of ["stdout", "stderr"] as const) {
    child[stream].setEncoding("utf8").on("data", (chunk: string) => (written[stream] += chunk));
  }
  const ended = new Promise<string | undefined>((resolve) => {
    child.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? "not started"));
    child.on("close", (code, signal) =>
      resolve(code === 0 ? undefined : `exit ${code === null ? `by ${signal}` : `status ${code}`}`),
    );
  });
  // A command that reads no input may be gone before it is written; its exit status tells what matters.
  child.stdin.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") written.stderr += `standard input: ${error.code}\n`;
  });
  child.stdin.end(given.stdin ?? "");
  const failure = await ended;
  show(written, given.logging ?? "stdoutAndStderr", context);
  if (failure !== undefined) {
    throw new Error(`${failure}: the ${verb} command of ${context.name} failed\n${written.stderr}`);
  }
  return kept(written);
}
