import { randomBytes } from "node:crypto";
import type { Client, ClientChannel } from "ssh2";
import { z } from "zod";
import type { Context, Resource } from "../protocol/resource";
import { connection, dial } from "./connection";
import { COMMON, kept, type Outputs, passedOn, previous, show, type Verb } from "./shared";

// The official provider fails where the server refuses a variable, and every server does unless its AcceptEnv lists it. The client
// used here is not told of that, so a program that gives an environment must not pass.
const inputs = z.strictObject(COMMON).omit({ environment: true }).extend({ connection });

type Inputs = z.input<typeof inputs>;

/**
 * A command of another machine over SSH, at creation, change and deletion, as the official provider runs it: a session's `exec` with the
 * input on standard input. A failure quotes the command and everything that it wrote. When the engine is killed the connection ends, and
 * the command goes on by itself. `environment` is not known here.
 */
export const remoteCommand: Resource<undefined> = {
  token: "command:remote:Command",
  inputs,
  replaceOn: ["triggers"],
  secretOutputs: ["connection"],
  secretsFlow: true,
  computed: ["stderr", "stdout"],
  computedOnUpdate: () => ["stderr", "stdout"],
  create: async (given, context) => {
    const id = `${context.name}${randomBytes(4).toString("hex")}`;
    return { id, outputs: await run("create", given as Inputs, undefined, context) };
  },
  // Nothing can be looked up: what the command did is known to the command alone.
  read: (id, old) => {
    if (!old) throw new Error("command:remote:Command cannot be imported");
    return Promise.resolve({ id, ...old });
  },
  update: async (_id, old, wanted, context) => {
    const given = wanted as Inputs;
    const verb = given.update === undefined ? "create" : "update";
    return run(verb, given, previous(old.outputs), context);
  },
  delete: async (_id, old, context) => {
    await run("delete", old.inputs as Inputs, previous(old.outputs), context);
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
  const client = await dial(connection.parse(given.connection), context.signal);
  const abort = () => client.destroy();
  context.signal.addEventListener("abort", abort, { once: true });
  try {
    const env = passedOn(before, given.addPreviousOutputInEnv);
    const { written, failure } = await execute(client, script, env, given.stdin ?? "");
    show(written, given.logging ?? "stdoutAndStderr", context);
    if (failure === undefined) return kept(written);
    throw new Error(
      `${failure}: running ${JSON.stringify(script)}:\n${written.stdout}${written.stderr}`,
    );
  } finally {
    context.signal.removeEventListener("abort", abort);
    client.end();
  }
}

/** What a command wrote, and how it failed if it did. */
interface Executed {
  readonly written: Outputs;
  readonly failure: string | undefined;
}

function execute(
  client: Client,
  script: string,
  env: Readonly<Record<string, string>>,
  stdin: string,
): Promise<Executed> {
  return new Promise((resolve, reject) => {
    const written = { stdout: "", stderr: "" };
    let how: string | undefined = "the connection broke off before the command ended";
    client.once("error", reject);
    client.once("close", () => resolve({ written, failure: how }));
    client.exec(script, { env }, (error, channel: ClientChannel) => {
      if (error) return reject(error);
      channel.setEncoding("utf8").on("data", (chunk: string) => (written.stdout += chunk));
      channel.stderr.setEncoding("utf8").on("data", (chunk: string) => (written.stderr += chunk));
      channel.on("exit", (code: number | null, signal?: string) => {
        const end = code === null ? `by signal ${signal}` : `with status ${code}`;
        how = code === 0 ? undefined : `Process exited ${end}`;
      });
      channel.on("close", () => resolve({ written, failure: how }));
      channel.end(stdin);
    });
  });
}
