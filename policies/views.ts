import { gunzipSync } from "node:zlib";

/** Beyond this many characters nothing is looked at: credentials are short, and a rule must not hang on a file. */
export const LONGEST = 1 << 20;
/** How many wrappings (base64, JSON, percent signs) are opened. */
const DEPTH = 3;
/** How many texts one value may unfold to, so that a nested document cannot make the work explode. */
const MOST = 400;
/** How many values' views are kept; the same text is asked for by several rules and again at the end of the run. */
const KEPT = 20_000;

const kept = new Map<string, readonly string[]>();

/**
 * The text and all that is wrapped in it: base64 (compressed too), the strings of a JSON document, percent signs. The text itself comes
 * first. Only the text when it is longer than 1 MiB.
 */
export function viewsOf(text: string): readonly string[] {
  const known = kept.get(text);
  if (known) return known;
  const views = new Set([text]);
  if (text.length <= LONGEST) unfold(text, DEPTH, views);
  const found = [...views];
  if (kept.size >= KEPT) kept.clear();
  kept.set(text, found);
  return found;
}

function unfold(text: string, depth: number, views: Set<string>): void {
  if (depth === 0) return;
  for (const part of partsOf(text)) {
    if (part === "" || views.has(part) || views.size >= MOST) continue;
    views.add(part);
    unfold(part, depth - 1, views);
  }
}

function* partsOf(text: string): Generator<string> {
  if (text.length < SHORTEST_WRAPPED) return;
  const document = parseJson(text);
  if (document !== undefined) yield* stringsOf(document);
  const decoded = decodeBase64(text);
  if (decoded !== undefined) yield decoded;
  else
    for (const [inner] of text.matchAll(INNER_BASE64)) {
      const opened = decodeBase64(inner);
      if (opened !== undefined) yield opened;
    }
  if (PERCENT.test(text)) yield decodePercent(text);
}

/** The shortest text in which something can be wrapped that is worth finding. */
const SHORTEST_WRAPPED = 8;
const INNER_BASE64 = /[A-Za-z0-9+/]{24,}={0,2}/g;
const PERCENT = /%[0-9A-Fa-f]{2}/;

/** A JSON document (an object, a list or a string in quotes); undefined for everything else. */
export function parseJson(text: string): unknown {
  if (!/^\s*["[{]/.test(text) || !/["\]}]\s*$/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    // What is no JSON is looked at as plain text; the parser's message would quote it.
    return undefined;
  }
}

/** Every string within a parsed document. */
export function* stringsOf(value: unknown): Generator<string> {
  if (typeof value === "string") yield value;
  else if (typeof value === "object" && value !== null)
    for (const part of Object.values(value)) yield* stringsOf(part);
}

/** The text that a base64 text stands for; undefined when it is no base64, or stands for bytes that are no text. */
export function decodeBase64(text: string): string | undefined {
  const compact = text.replace(/\s+/g, "");
  if (compact.length < SHORTEST_WRAPPED || !/^[A-Za-z0-9+/_-]+={0,2}$/.test(compact))
    return undefined;
  // A word of eight letters is more likely a word: without a filled up or full last group it is left alone.
  if (compact.length < 24 && compact.length % 4 !== 0) return undefined;
  const bytes = Buffer.from(compact, "base64");
  return textIn(bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipped(bytes) : bytes);
}

function gunzipped(bytes: Buffer): Buffer {
  try {
    return gunzipSync(bytes, { maxOutputLength: LONGEST });
  } catch (error) {
    if (error instanceof Error && "code" in error) return bytes;
    throw error;
  }
}

function textIn(bytes: Buffer): string | undefined {
  const decoded = bytes.toString("utf8");
  // Bytes that are no text decode to replacement characters or controls.
  return /^[^\uFFFD\p{Cc}]*$/u.test(decoded.replace(/[\t\n\r]/g, "")) ? decoded : undefined;
}

function decodePercent(text: string): string {
  return text.replace(/(?:%[0-9A-Fa-f]{2})+/g, (escaped) =>
    Buffer.from(escaped.replaceAll("%", ""), "hex").toString("utf8"),
  );
}
