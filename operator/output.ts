import { SecretText } from "../components/secret-text";

export { createProgress, type Part, type Progress, silent } from "./progress";
export { type Column, table, wrap } from "./table";

/** A stream that is written to: standard output, standard error, or a test's own. */
export type OutputStream = NodeJS.WritableStream & { isTTY?: boolean; columns?: number };

const DEFAULT_WIDTH = 100;
const NARROWEST_WIDTH = 20;

/** Characters in a line of this stream: the terminal's, or 100 where it is none. Never under 20. */
export function widthOf(stream: OutputStream): number {
  return Math.max(stream.columns || DEFAULT_WIDTH, NARROWEST_WIDTH);
}

const written = new WeakSet<OutputStream>();

/** True when the command's JSON document is on this stream already. */
export function hasPrinted(stream: OutputStream): boolean {
  return written.has(stream);
}

/**
 * Writes the one JSON document of a command and resolves when the stream has taken all of it, so that the process may end. Secrets
 * become `[secret]`.
 *
 * @throws Error on a second document on the same stream, or when the reader has gone (`EPIPE`).
 */
export async function printJson(
  document: unknown,
  stream: OutputStream = process.stdout,
): Promise<void> {
  if (written.has(stream))
    throw new Error("a command writes one JSON document, and this is a second");
  written.add(stream);
  await write(`${JSON.stringify(masked(document), null, 2)}\n`, stream);
}

/** Writes lines for people and resolves when the stream has taken them. */
export async function printText(
  text: string,
  stream: OutputStream = process.stdout,
): Promise<void> {
  await write(`${text}\n`, stream);
}

/** A copy in which every secret is `[secret]` and what has a form for JSON is in that form. */
export function masked(value: unknown): unknown {
  if (value instanceof SecretText) return String(value);
  if (Array.isArray(value)) return value.map(masked);
  if (typeof value !== "object" || value === null) return value;
  if (hasJson(value)) return masked(value.toJSON());
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, masked(part)]));
}

function hasJson(value: object): value is { toJSON(): unknown } {
  return "toJSON" in value && typeof value.toJSON === "function";
}

function write(text: string, stream: OutputStream): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.once("error", reject);
    stream.write(text, (error) => {
      // The listener stays after a failure: the stream still emits it, and that must not end the process half-way.
      if (error) return reject(error);
      stream.removeListener("error", reject);
      resolve();
    });
  });
}
