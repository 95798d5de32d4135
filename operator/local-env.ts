import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { parseEnv } from "node:util";
import { Client, DatabaseError } from "pg";
import writeFileAtomic from "write-file-atomic";
import { z } from "zod";
import { SecretText } from "../components/secret-text";
import { scramVerifier } from "../components/scram";
import { RekeyError } from "./errors";
import { parsedQuietly } from "./standard-input";

const order = z.strictObject({
  file: z.string().min(1),
  variable: z.string().regex(/^[A-Z][A-Z0-9_]*$/),
  host: z.string(),
  port: z.number().int(),
  database: z.string(),
  user: z.string(),
  value: z
    .string()
    .min(1)
    .transform((text) => new SecretText(text)),
});

/** What the local database and its env file shall be; arrives as JSON on standard input. */
export type LocalEnvOrder = z.infer<typeof order>;

/** What was done: `unchanged`, `changed`, or `written` when no database answered and only the file was written. */
export type LocalEnvOutcome = "unchanged" | "changed" | "written";

/** Reads an order. Nothing of it enters a message. */
export function readOrder(text: string): LocalEnvOrder {
  const parsed = order.safeParse(parsedQuietly(text));
  if (parsed.success) return parsed.data;
  throw new RekeyError({
    code: "bad-order",
    message: `standard input: ${parsed.error.issues[0]?.path.join(".") || "the document"} is missing or of the wrong kind`,
    exitCode: 2,
    allowed: "{ file, variable, host, port, database, user, value }",
    fix: "this command is run by the LocalEnvFile component; run `rekey up` instead",
  });
}

/**
 * Gives the local database's user its new password, proves it by a log-in, and only then writes the env file: atomically, mode 0600,
 * other lines kept. Killed in between, the next run finds the new password working and writes the file. Where no database listens the
 * file alone is written; a database that is started from it takes the password then.
 *
 * @throws RekeyError when neither the new password nor the one in the file opens the database; nothing was changed.
 */
export async function applyLocalEnv(wanted: LocalEnvOrder): Promise<LocalEnvOutcome> {
  const file = resolve(wanted.file);
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "";
    throw error;
  });
  const before = parseEnv(text)[wanted.variable];
  const outcome = await setPassword(
    wanted,
    before === undefined ? undefined : new SecretText(before),
  );
  if (before !== wanted.value.reveal())
    await writeFileAtomic(file, withVariable(text, wanted.variable, wanted.value.reveal()), {
      mode: 0o600,
    });
  return outcome;
}

async function setPassword(
  wanted: LocalEnvOrder,
  before: SecretText | undefined,
): Promise<LocalEnvOutcome> {
  const now = await logIn(wanted, wanted.value);
  if (now === "absent") return "written";
  if (now !== "refused") {
    await now.end();
    return "unchanged";
  }
  const old = before ? await logIn(wanted, before) : "refused";
  if (old === "refused" || old === "absent") throw neitherOpens(wanted);
  try {
    const verifier = scramVerifier(wanted.value.reveal(), randomBytes(16));
    await old.query(`ALTER ROLE ${old.escapeIdentifier(wanted.user)} PASSWORD '${verifier}'`);
  } finally {
    await old.end();
  }
  const proof = await logIn(wanted, wanted.value);
  if (proof === "refused" || proof === "absent") throw neitherOpens(wanted);
  await proof.end();
  return "changed";
}

async function logIn(
  { host, port, database, user }: LocalEnvOrder,
  password: SecretText,
): Promise<Client | "refused" | "absent"> {
  const client = new Client({
    host,
    port,
    database,
    user,
    password: password.reveal(),
    connectionTimeoutMillis: 5_000,
  });
  try {
    await client.connect();
    return client;
  } catch (error) {
    // 28P01: invalid_password, 28000: invalid_authorization_specification (PostgreSQL, appendix A).
    if (error instanceof DatabaseError && /^28(P01|000)$/.test(error.code ?? "")) return "refused";
    if ((error as NodeJS.ErrnoException).code === "ECONNREFUSED") return "absent";
    throw error;
  }
}

function neitherOpens({ user, host, port, file, variable }: LocalEnvOrder): RekeyError {
  return new RekeyError({
    code: "local-password",
    message: `neither the new password nor ${variable} in ${file} opens ${user} at ${host}:${port}`,
    exitCode: 1,
    fix: `put the password that works into ${file}, or set it with ALTER ROLE as the database's administrator, then run rekey up again`,
  });
}

function withVariable(text: string, variable: string, value: string): string {
  const line = `${variable}='${value}'`;
  const pattern = new RegExp(`^(export\\s+)?${variable}\\s*=.*$`, "m");
  if (pattern.test(text)) return text.replace(pattern, () => line);
  return `${text}${text === "" || text.endsWith("\n") ? "" : "\n"}${line}\n`;
}
