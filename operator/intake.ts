import { SecretDeclaration } from "../components/inventory";
import { readParts, writeParts } from "../components/parts";
import { SecretText } from "../components/secret-text";
import { RekeyError } from "./errors";
import { issuerPageOf } from "./issuers";

/** How the new value of an externally issued secret comes in. */
export interface IntakeOptions {
  /** Read it from standard input to its end. Default: ask on the terminal, without echo. */
  readonly stdin?: boolean | undefined;
}

/** The most that Google Secret Manager takes for one value. */
const MOST_BYTES = 64 * 1024;
const TOO_LONG = "is longer than 64 KiB";

/**
 * Takes a new value in. It comes from the terminal without echo or from standard input, never from an argument, which every
 * process of the machine could read. One line break at its end is cut off. A value of several parts is asked for part by part, or
 * read as a JSON object of exactly these.
 *
 * @throws RekeyError (exit 2) for a value that is empty, too long or no text; (exit 1) if the person breaks off.
 */
export async function readValue(
  secret: SecretDeclaration,
  { stdin = false }: IntakeOptions,
): Promise<SecretText> {
  return valueOf(secret, stdin ? await readInput([secret]) : await askFor(secret));
}

/**
 * A new value as it is kept, from the text that came in.
 *
 * @throws RekeyError (exit 2) for one that is empty, too long or no text, or has not the parts of its secret.
 */
export function valueOf(secret: SecretDeclaration, text: string): SecretText {
  const value = text.replace(/\r?\n$/, "");
  if (value.trim() === "") throw unfit(secret, "is empty");
  if (/\p{Cc}/u.test(value.replaceAll(/[\r\n\t]/g, "")) || value.includes("\ufffd"))
    throw unfit(secret, "is no text: it holds control characters or is not in UTF-8");
  if (Buffer.byteLength(value) > MOST_BYTES) throw unfit(secret, TOO_LONG);
  return new SecretText(secret.parts ? documentOf(secret, value, secret.parts) : value);
}

function documentOf(secret: SecretDeclaration, text: string, names: readonly string[]): string {
  const read = readParts(text, names);
  if ("parts" in read) return writeParts(read.parts, names);
  const form = names.map((name) => `"${name}":"…"`).join(",");
  throw unfit(secret, read.problem, `a JSON object of texts: {${form}}`);
}

/**
 * Reads at once what is piped in, and fails at once where there is nothing to ask on; asks a person only when the result is called,
 * which is to be after everything else that could fail.
 */
export async function askLate<Value>(
  read: () => Promise<Value>,
  stdin = false,
): Promise<() => Promise<Value>> {
  if (!stdin && canAsk()) return read;
  const value = await read();
  return () => Promise.resolve(value);
}

function canAsk(): boolean {
  return process.stdin.isTTY && process.stderr.isTTY;
}

/**
 * All of standard input, as far as values of these secrets can be long.
 *
 * @throws RekeyError (exit 2) where it is a terminal, or longer.
 */
export async function readInput(secrets: readonly SecretDeclaration[]): Promise<string> {
  const names = secrets.map(({ name }) => name).join(", ");
  if (process.stdin.isTTY)
    throw RekeyError.usage({
      message: `standard input is a terminal: the value of ${names} would be shown as it is typed`,
      path: "--value-stdin",
      allowed: "a pipe or a file",
      fix: "leave --value-stdin out to be asked without echo",
    });
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of process.stdin) {
    const bytes = Buffer.from(chunk as Buffer);
    size += bytes.length;
    if (size > secrets.length * (MOST_BYTES + 2)) throw unfit({ name: names }, TOO_LONG);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString("utf8");
}

async function askFor(secret: SecretDeclaration): Promise<string> {
  if (!secret.parts) return ask(secret, secret.name);
  const parts: Record<string, string> = {};
  for (const part of secret.parts) parts[part] = await ask(secret, `${secret.name}, ${part}`);
  return writeParts(parts, secret.parts);
}

async function ask(secret: SecretDeclaration, what: string): Promise<string> {
  if (!canAsk())
    throw RekeyError.usage({
      message: `${secret.name} is issued elsewhere, and its new value is needed; there is no terminal to ask on`,
      path: "--value-stdin",
      allowed: "the value on standard input; for several secrets a JSON map of values by name",
      fix: `pipe it in with --value-stdin: \`… | rekey stage ${secret.name} --value-stdin\``,
    });
  const { default: password } =
    require("@inquirer/password") as typeof import("@inquirer/password");
  const page = issuerPageOf(secret);
  const from = page === undefined ? "" : ` (issued on ${page})`;
  try {
    return await password(
      { message: `New value of ${what}${from}`, mask: false },
      { output: process.stderr },
    );
  } catch (error) {
    if (!(error instanceof Error) || error.name !== "ExitPromptError") throw error;
    throw new RekeyError({
      code: "broken-off",
      message: "broken off; nothing was written",
      fix: "run the command again when the new value is at hand",
    });
  }
}

function unfit(
  secret: Pick<SecretDeclaration, "name">,
  problem: string,
  allowed = "a text of 1 byte to 64 KiB",
): RekeyError {
  return new RekeyError({
    code: "unfit-value",
    exitCode: 2,
    message: `the new value of ${secret.name} ${problem}`,
    allowed,
    fix: "copy the value from the issuer again",
  });
}
