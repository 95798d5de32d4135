import { readFile, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { parseEnv } from "node:util";
import writeFileAtomic from "write-file-atomic";
import { z } from "zod";
import { END_OF_FILE, composeEnvFile } from "../components/consumers/compose-host-env";
import { SecretText } from "../components/secret-text";
import { RekeyError } from "./errors";
import { parsedQuietly } from "./standard-input";

const order = z.strictObject({
  file: z.string().min(1),
  variables: z.record(
    z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/),
    z.string().transform((text) => new SecretText(text)),
  ),
});

/** The variables that an env file shall hold; arrives as JSON on standard input. */
export type EnvFileOrder = z.infer<typeof order>;

/** The first line of the block that is ours. */
const BEGIN = "# written by rekey up: change nothing down to the line that says end";

/** Reads an order. Nothing of it enters a message. */
export function readEnvFileOrder(text: string): EnvFileOrder {
  const parsed = order.safeParse(parsedQuietly(text));
  if (parsed.success) return parsed.data;
  throw new RekeyError({
    code: "bad-order",
    message: "standard input is no order for an env file",
    exitCode: 2,
    allowed: "{ file, variables }",
    fix: "this command is run by the DeveloperEnvFile component; run `rekey up` instead",
  });
}

/**
 * Writes the variables into an env file, in a block of their own: atomically, mode 0600, every other line kept. A line elsewhere that sets one of
 * them goes, since readers differ in which of two they take. A file that others may read becomes its owner's alone.
 *
 * @returns whether anything had to be written.
 */
export async function writeEnvFile({
  file,
  variables,
}: EnvFileOrder): Promise<"unchanged" | "written"> {
  const path = resolve(file);
  const before = await contentOf(path);
  const known = Object.entries(variables).map(([name, value]) => [name, value.reveal()] as const);
  const block = `${BEGIN}\n${composeEnvFile(known)}`;
  const others = withoutBlock(before?.text ?? "").filter((line) => !sets(line, variables));
  const text = [...others, block].join("\n");
  if (before?.text === text && before.isPrivate) return "unchanged";
  await writeFileAtomic(path, text, { mode: 0o600 });
  return "written";
}

async function contentOf(path: string) {
  try {
    const [text, { mode }] = [await readFile(path, "utf8"), await stat(path)];
    return { text, isPrivate: (mode & 0o077) === 0 };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** The lines that are not ours, without the empty one that a file ends with. */
function withoutBlock(text: string): string[] {
  const lines = text === "" ? [] : text.replace(/\n$/, "").split("\n");
  const begin = lines.indexOf(BEGIN);
  if (begin < 0) return lines;
  const end = lines.indexOf(END_OF_FILE, begin);
  return [...lines.slice(0, begin), ...(end < 0 ? [] : lines.slice(end + 1))];
}

function sets(line: string, variables: EnvFileOrder["variables"]): boolean {
  return Object.keys(parseEnv(line)).some((name) => name in variables);
}
