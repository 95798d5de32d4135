import { gunzipSync } from "node:zlib";

/** Beyond this many characters nothing is looked at: credentials are short, and a rule must not hang on a file. */
export const LONGEST = 1 << 20;
/** How many wrappings (base64, hexadecimal, JSON, percent signs) are opened. */
const DEPTH = 3;
/** How many characters one value may unfold to, so that nested or compressed documents cannot make the work explode. */
const MOST = 4 * LONGEST;
/** How many characters of texts and views are kept; the same text is asked for by several rules and again at the end of the run. */
const KEPT = 1 << 25;

interface Unfolded {
  readonly views: readonly string[];
  /** Everything that is wrapped in the text is among the views. */
  readonly whole: boolean;
}

const kept = new Map<string, Unfolded>();
let keptCharacters = 0;

/**
 * The text and all that is wrapped in it: base64 (compressed and UTF-16 too), hexadecimal digits, the strings of a JSON document, percent
 * signs. The text itself comes first. Only the text when it is longer than 1 MiB.
 */
export function viewsOf(text: string): readonly string[] {
  return unfolded(text).views;
}

/** False for a text that is too large to be searched, or has too much wrapped in it: nothing in it can be called harmless. */
export function isSearchedWhole(text: string): boolean {
  return text.length <= LONGEST && unfolded(text).whole;
}

function unfolded(text: string): Unfolded {
  const known = kept.get(text);
  if (known) return known;
  const unfolding = new Unfolding(text);
  if (text.length <= LONGEST) unfolding.open(text, DEPTH);
  const found = { views: [...unfolding.views], whole: unfolding.whole };
  if (keptCharacters > KEPT) {
    kept.clear();
    keptCharacters = 0;
  }
  // A short text costs its entry in the map, not only its characters.
  keptCharacters += text.length + unfolding.characters + ENTRY;
  kept.set(text, found);
  return found;
}

const ENTRY = 256;

class Unfolding {
  readonly views: Set<string>;
  whole = true;
  characters = 0;

  constructor(text: string) {
    this.views = new Set([text]);
  }

  open(text: string, depth: number): void {
    if (depth === 0 || text.length < SHORTEST_WRAPPED || !WRAPPED.test(text)) return;
    for (const part of partsOf(text)) {
      if (part === "" || this.views.has(part)) continue;
      if (this.characters + part.length > MOST) {
        this.whole = false;
        return;
      }
      this.characters += part.length;
      this.views.add(part);
      this.open(part, depth - 1);
    }
  }
}

function* partsOf(text: string): Generator<string> {
  const document = parseJson(text);
  if (document !== undefined) yield* stringsOf(document);
  const decoded = decoded64OrHex(text);
  if (decoded.length > 0) yield* decoded;
  else for (const inner of text.match(INNER_ENCODED) ?? []) yield* decoded64OrHex(inner);
  if (PERCENT.test(text)) yield decodePercent(text);
}

/** Hexadecimal digits are base64 too, so both readings count. */
function decoded64OrHex(text: string): string[] {
  return [decodeBase64(text), decodeHex(text)].filter((one) => one !== undefined);
}

/** The shortest text in which something can be wrapped that is worth finding. */
const SHORTEST_WRAPPED = 8;
const INNER_ENCODED = /[A-Za-z0-9+/]{24,}={0,2}/g;
const PERCENT = /%[0-9A-Fa-f]{2}/;
/** What any of these has: one look is enough for most texts. */
const WRAPPED = /^\s*["[{]|[A-Za-z0-9+/]{24}|%[0-9A-Fa-f]{2}|^[\w+/=\s-]+$/;

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

/** Every string within a parsed document, however deep it is. */
export function* stringsOf(value: unknown): Generator<string> {
  const open: unknown[] = [value];
  while (open.length > 0) {
    const next = open.pop();
    if (typeof next === "string") yield next;
    else if (typeof next === "object" && next !== null)
      for (const part of Object.values(next).reverse()) open.push(part);
  }
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

/** The text that hexadecimal digits stand for; undefined when they stand for bytes that are no text, as those of a digest do. */
function decodeHex(text: string): string | undefined {
  const compact = text.replace(/\s+/g, "");
  if (compact.length < 2 * SHORTEST_WRAPPED || compact.length % 2 !== 0) return undefined;
  return /^[0-9a-fA-F]+$/.test(compact) ? textIn(Buffer.from(compact, "hex")) : undefined;
}

function gunzipped(bytes: Buffer): Buffer {
  try {
    return gunzipSync(bytes, { maxOutputLength: LONGEST });
  } catch (error) {
    if (!(error instanceof Error && "code" in error)) throw error;
    // More than may be looked at stands for itself as a text that is too long.
    return error.code === "ERR_BUFFER_TOO_LARGE" ? Buffer.alloc(MOST + 1, " ") : bytes;
  }
}

function textIn(bytes: Buffer): string | undefined {
  const decoded = isUtf16(bytes)
    ? bytes.toString("utf16le").replace(/^\uFEFF/, "")
    : bytes.toString("utf8");
  // Bytes that are no text decode to replacement characters or controls.
  return /^[^\uFFFD\p{Cc}]*$/u.test(decoded.replace(/[\t\n\r]/g, "")) ? decoded : undefined;
}

/** UTF-16 as Windows' tools write it: every second byte of what people type is zero. */
function isUtf16(bytes: Buffer): boolean {
  if (bytes.length < 4 || bytes.length % 2 !== 0) return false;
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return true;
  let zeros = 0;
  for (let index = 1; index < bytes.length; index += 2) if (bytes[index] === 0) zeros += 1;
  return zeros * 4 > bytes.length;
}

function decodePercent(text: string): string {
  return text.replace(/(?:%[0-9A-Fa-f]{2})+/g, (escaped) =>
    Buffer.from(escaped.replaceAll("%", ""), "hex").toString("utf8"),
  );
}
