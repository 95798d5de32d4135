import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { z } from "zod";
import type { Context, Provider, Resource } from "./protocol/resource";
import type { Properties } from "./protocol/values";

const text = z.string().optional();

const inputs = z.strictObject({
  addPreviousOutputInEnv: z.boolean().optional(),
  create: text,
  delete: text,
  dir: text,
  environment: z.record(z.string(), z.string()).optional(),
  interpreter: z.array(z.string()).min(1).optional(),
  logging: z.enum(["stdout", "stderr", "stdoutAndStderr", "none"]).optional(),
  stdin: text,
  triggers: z.array(z.unknown()).optional(),
  update: text,
});

type Inputs = z.infer<typeof inputs>;
type Outputs = { stdout: string; stderr: string };

/**
 * A command of this machine, run at creation, change and deletion, as the official provider runs it:
 * through `/bin/sh -c`, with the provider's environment and the given one on top. A non-zero exit fails
 * the operation with what the command wrote to its standard error. `assetPaths` and `archivePaths` are
 * not known here.
 */
const command: Resource<undefined> = {
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

function previous(outputs: Properties): Outputs {
  const { stdout = "", stderr = "" } = outputs as Partial<Outputs>;
  return { stdout, stderr };
}

async function run(
  verb: "create" | "update" | "delete",
  given: Inputs,
  before: Outputs | undefined,
  context: Context<undefined>,
): Promise<Outputs> {
  const script = given[verb];
  if (script === undefined) return before ?? { stdout: "", stderr: "" };
  const [program = "/bin/sh", ...flags] = given.interpreter ?? ["/bin/sh", "-c"];
  const passOn = before && given.addPreviousOutputInEnv !== false;
  const child = spawn(program, [...flags, script], {
    cwd: given.dir,
    env: {
      ...process.env,
      ...(passOn
        ? { PULUMI_COMMAND_STDOUT: before.stdout, PULUMI_COMMAND_STDERR: before.stderr }
        : {}),
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
  return { stdout: chomp(written.stdout), stderr: chomp(written.stderr) };
}

function show(written: Outputs, logging: string, context: Context<undefined>): void {
  const wanted = { stdout: /stdout/, stderr: /stderr/i };
  for (const stream of ["stdout", "stderr"] as const) {
    if (wanted[stream].test(logging) && written[stream] !== "") context.log(chomp(written[stream]));
  }
}

function chomp(output: string): string {
  return output.replace(/\n$/, "");
}

/** Stands in for the official command provider in a rehearsal: local commands only. */
export const commandProvider: Provider<undefined> = {
  name: "command",
  version: "1.2.1",
  config: z.strictObject({}),
  configure: () => undefined,
  resources: [command],
};
