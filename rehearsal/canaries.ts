import { readFile, readdir } from "node:fs/promises";
import { join, relative } from "node:path";
import { SecretText } from "../components/secret-text";

/** A value that must be found nowhere. */
export interface Canary {
  readonly name: string;
  readonly value: SecretText;
  /** True for a key that the value is the base64url of: its bytes are looked for too, as a PEM and a hex dump hold them. Default: false. */
  readonly ofBytes?: boolean;
}

/** Where a value was found: the place and whose it is, never the value. */
export interface Leak {
  readonly canary: string;
  readonly form: string;
  readonly place: string;
}

/** Text that the run produced, by where it appeared. */
export type Evidence = ReadonlyMap<string, string>;

/**
 * Searches texts for every value: raw, in base64 and base64url (at each of the three offsets), URL-encoded as clients and as forms write
 * it, and as JSON writes it. A text may show bytes one to one, as {@link readTree} reads files.
 */
export function searchTexts(canaries: readonly Canary[], texts: Evidence): Leak[] {
  return [...texts].flatMap(([place, text]) =>
    canaries.flatMap(({ name, value, ofBytes = false }) =>
      [...forms(value.reveal()), ...(ofBytes ? formsOfBytes(value.reveal()) : [])]
        .filter(([, pattern]) => text.includes(pattern))
        .map(([form]) => ({ canary: name, form, place })),
    ),
  );
}

/** Reads every file below a folder, as bytes shown one to one, except those that `skip` names. */
export async function readTree(
  folder: string,
  skip: ReadonlySet<string>,
): Promise<Map<string, string>> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  const texts = new Map<string, string>();
  for (const entry of entries) {
    const path = join(entry.parentPath ?? entry.path, entry.name);
    if (!entry.isFile() || skip.has(path)) continue;
    texts.set(relative(folder, path), await readFile(path, "latin1"));
  }
  return texts;
}

/** Shorter pieces of base64 would be found in any large file. */
const LEAST = 12;

function forms(value: string): (readonly [string, string])[] {
  const pieces = piecesOf(Buffer.from(value));
  const json = JSON.stringify(value).slice(1, -1);
  const all = [
    ["raw", value],
    ...pieces.map((piece) => ["base64", piece]),
    ...pieces.map((piece) => ["base64url", piece.replaceAll("+", "-").replaceAll("/", "_")]),
    ["URL-encoded", encodeURIComponent(value)],
    ["URL-encoded", new URLSearchParams([["", value]]).toString().slice(1)],
    ["JSON", json],
    // A file's bytes shown one to one are other characters than the text that they hold, unless that is in ASCII.
    ["raw", bytes(value)],
    ["JSON", bytes(json)],
  ] as const;
  const seen = new Set<string>();
  return all
    .map(([form, pattern]) => [form ?? "", pattern ?? ""] as const)
    .filter(([, pattern]) => pattern.length >= LEAST && !seen.has(pattern) && seen.add(pattern));
}

/** A line of a PEM ends where it will, but never within the first bytes of an EC key. */
const FIRST_BYTES = 12;

function formsOfBytes(value: string): (readonly [string, string])[] {
  const key = Buffer.from(value, "base64url");
  const pieces = piecesOf(key.subarray(0, FIRST_BYTES));
  return [
    ...pieces.map((piece) => ["base64 of its bytes", piece] as const),
    ["hexadecimal", key.toString("hex")],
    ["hexadecimal", key.toString("hex").toUpperCase()],
  ];
}

/** What stays the same in base64 wherever the bytes stand: their first and last group mix with their neighbours. */
function piecesOf(whole: Buffer): string[] {
  return [0, 1, 2].map((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), whole]).toString("base64");
    return encoded.slice(offset === 0 ? 0 : 4, encoded.length - 4);
  });
}

function bytes(text: string): string {
  return Buffer.from(text).toString("latin1");
}

/** Collects the arguments of every process of this machine that we may see, until it is stopped. Linux only; elsewhere empty. */
export class ArgumentWatch {
  readonly #seen = new Set<string>();
  readonly #timer: NodeJS.Timeout;
  #looking?: Promise<void>;

  constructor(intervalMs = 250) {
    this.#looking = this.#look();
    this.#timer = setInterval(() => {
      this.#looking ??= this.#look();
    }, intervalMs);
    this.#timer.unref();
  }

  /** What was seen, one process a line. */
  async stop(): Promise<string> {
    clearInterval(this.#timer);
    await this.#looking;
    return [...this.#seen].join("\n");
  }

  async #look(): Promise<void> {
    const names = await readdir("/proc").catch(() => []);
    for (const name of names.filter((entry) => /^\d+$/.test(entry))) {
      // A process may end between the two calls.
      const line = await readFile(`/proc/${name}/cmdline`, "latin1").catch(() => "");
      if (line) this.#seen.add(line.replaceAll("\0", " "));
    }
    this.#looking = undefined;
  }
}
