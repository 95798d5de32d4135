import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SecretText } from "../components/secret-text";
import type { Engine } from "../engine/engine";
import { RekeyError } from "./errors";
import { createProgress } from "./output";
import { Project } from "./project";
import { StackFile, readStackFile } from "./record-file";
import { PlainMap, flowText, isPlainMap } from "./yaml-text";

/** Encrypts and decrypts with the stack's own secrets provider, as `pulumi config set --secret` does. */
export interface Cipher {
  /** The ciphertext, as it stands after `secure:`. */
  encrypt(value: SecretText): Promise<string>;
  decrypt(ciphertext: string): Promise<SecretText>;
  /** Keys that the engine wanted beside `config` for what was encrypted, such as `encryptionsalt`; empty if they were there. */
  beside(): PlainMap;
}

const SETTING = "rekey:intake";

/**
 * Lets `use` work with the stack's secrets provider, on a scratch copy of the settings file that holds nothing but the provider's keys:
 * the engine lays out anew whatever file it writes, and the copy keeps the stack's own file from that. Values go through standard
 * input and output, never through arguments. The copy is gone afterwards.
 *
 * @throws RekeyError if the engine cannot open the stack's secrets provider, with the setting that it lacks.
 */
export async function withCipher<Result>(
  project: Project,
  file: StackFile,
  use: (cipher: Cipher) => Promise<Result>,
): Promise<Result> {
  const engine = await foundEngine();
  const folder = await mkdtemp(join(tmpdir(), "rekey-"));
  const scratch = join(folder, "stack.yaml");
  let provider = providerOf(file);
  const write = (config: PlainMap) =>
    writeFile(scratch, `${flowText({ ...provider, config })}\n`, { mode: 0o600 });
  const config = (verb: "set" | "get", args: readonly string[], input: string) =>
    engineConfig(
      engine,
      project,
      [verb, SETTING, ...args, "--config-file", scratch, "--stack", project.stack],
      input,
    );
  try {
    return await use({
      async encrypt(value) {
        await write({});
        await config("set", ["--secret"], value.reveal());
        const written = await readStackFile(scratch);
        provider = { ...provider, ...providerOf(written) };
        const entry = written.config[SETTING];
        if (!isPlainMap(entry) || typeof entry.secure !== "string")
          throw new RekeyError({
            code: "not-encrypted",
            message: "the engine did not encrypt the value",
          });
        return entry.secure;
      },
      async decrypt(ciphertext) {
        await write({ [SETTING]: { secure: ciphertext } });
        const printed = await config("get", [], "");
        return new SecretText(printed.replace(/\r?\n$/, ""));
      },
      beside: () => provider,
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function foundEngine(): Promise<Engine> {
  const { findEngine } = require("../engine") as typeof import("../engine");
  const progress = createProgress();
  try {
    return await findEngine({ progress });
  } finally {
    progress.end();
  }
}

function providerOf({ content }: StackFile): PlainMap {
  return Object.fromEntries(Object.entries(content).filter(([key]) => key !== "config"));
}

async function engineConfig(
  engine: Engine,
  project: Project,
  args: readonly string[],
  input: string,
): Promise<string> {
  const child = spawn(engine.path, ["config", ...args, "--non-interactive", "--color", "never"], {
    cwd: project.cwd,
    env: { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true" },
    stdio: ["pipe", "pipe", "pipe"],
  });
  const output = collect(child.stdout);
  const complaint = collect(child.stderr);
  // A child that has ended already does not read its input; its exit code tells why.
  child.stdin.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") child.kill();
  });
  child.stdin.end(input);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject).once("close", resolve);
  });
  if (code !== 0) throw unopened(await complaint, project, input);
  return output;
}

async function collect(stream: NodeJS.ReadableStream): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString("utf8");
}

/** Why the engine refused, from its own `error:` line; what was sent to it is cut out of that. */
function unopened(complaint: string, project: Project, input: string): RekeyError {
  const line = /^error: (.*)$/m.exec(complaint)?.[1] ?? "it gave no reason";
  const reason = input === "" ? line : line.split(input).join("[secret]");
  const passphrase = /passphrase/i.test(reason);
  return new RekeyError({
    code: "secrets-provider",
    exitCode: passphrase ? 2 : 1,
    message: `the engine cannot open the secrets provider of ${project.stack}: ${reason}`,
    path: passphrase ? "PULUMI_CONFIG_PASSPHRASE" : project.stackFile,
    fix: passphrase
      ? "set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE, then run the command again"
      : `try \`pulumi config -s ${project.stack}\`, mend what it reports, then run the command again`,
  });
}
