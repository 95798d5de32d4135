import { createHash } from "node:crypto";
import { readFile, realpath } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { basename, join } from "node:path";
import { LineCounter, isMap, parseDocument } from "yaml";
import { EXTERNAL } from "../components/external";
import { ROTATIONS } from "../components/records";
import { withLock } from "../engine/lock";
import { RekeyError } from "./errors";
import { BlockStyle, EditRefused, YAML_OPTIONS, editYaml } from "./yaml-edit";
import { Plain, PlainMap, isPlainMap } from "./yaml-text";
import { problemInWords } from "./yaml-problems";

/** The settings file of one stack, as it was read. */
export interface StackFile {
  readonly path: string;
  /** The whole text; a write is refused once the file no longer says this. */
  readonly text: string;
  /** Everything that it says. */
  readonly content: PlainMap;
  /** What it says under `config`. */
  readonly config: PlainMap;
}

/**
 * Reads Pulumi.<stack>.yaml. Encrypted values stay encrypted.
 *
 * @throws RekeyError (exit 2) with the line of a duplicate key, a tab, a merge conflict or other illegal YAML; never with the text of the line.
 */
export async function readStackFile(path: string): Promise<StackFile> {
  const text = decode(path, await bytesOf(path));
  return parseStackFile(path, text);
}

/** Reads the text of a stack's settings file; see {@link readStackFile}. */
export function parseStackFile(path: string, text: string): StackFile {
  const conflict = /^(<{7}|\|{7}|={7}|>{7})( |\r?$)/m.exec(text);
  if (conflict)
    throw illegal(path, lineAt(text, conflict.index), "holds the marker of a merge conflict", {
      allowed: "one version of every line",
      fix: "resolve the conflict, then run this command again",
    });
  const lines = new LineCounter();
  const document = parseDocument(text, { ...YAML_OPTIONS, lineCounter: lines });
  const [error] = document.errors;
  if (error) throw illegal(path, lines.linePos(error.pos[0]).line, ...problemInWords(error.code));
  const content = plainContent(path, document);
  const config = content.config ?? {};
  if (!isPlainMap(config)) {
    const node = isMap(document.contents) ? document.contents.get("config", true) : undefined;
    const line = lines.linePos(node?.range?.[0] ?? 0).line;
    throw illegal(path, line, "`config` is no map", {
      allowed: "settings such as `rekey:systems: [capanel]`",
      fix: "write one setting a line under `config:`",
    });
  }
  return { path, text, content, config };
}

/** What a write changes: settings by their key, `undefined` removing one, and keys beside `config` where the engine asks for them. */
export interface Changes {
  readonly config: Readonly<Record<string, Plain | undefined>>;
  /** Such as `encryptionsalt`, when this is the first encrypted setting of the stack. */
  readonly beside?: PlainMap;
}

/**
 * The file's text with the changes made: only the values that differ are touched, new entries take one line each.
 *
 * @throws RekeyError (exit 2) where an anchor or the layout does not allow an edit in place.
 */
export function withChanges(file: StackFile, changes: Changes): string {
  const config = merged(file.config, changes.config);
  const target = { ...file.content, ...changes.beside, config };
  try {
    return editYaml(file.text, target, BLOCK);
  } catch (error) {
    if (!(error instanceof EditRefused)) throw error;
    throw illegal(file.path, lineAt(file.text, error.offset), error.problem, {
      allowed: "an entry of its own for each secret",
      fix: "write the entry out by hand on one line, without anchors, then run this command again",
    });
  }
}

/**
 * Replaces the file at once: a reader sees the old text or the new one. Mode, owner and a symbolic link are kept.
 *
 * @throws RekeyError (exit 1) if the file is no longer what was read; nothing is written then.
 */
export async function writeStackFile(file: StackFile, text: string): Promise<void> {
  const writeFileAtomic = require("write-file-atomic") as typeof import("write-file-atomic");
  // Between the comparison and the write no other rekey may write; editors are not held off, only noticed.
  await withLock(lockOf(await realpath(file.path)), async () => {
    if (decode(file.path, await bytesOf(file.path)) !== file.text)
      throw new RekeyError({
        code: "file-changed",
        exitCode: 1,
        message: "the file changed while the move was made; it was left as it is",
        path: file.path,
        fix: "run the command again, where it takes values in with the same ones",
      });
    await writeFileAtomic(file.path, text, "utf8");
  });
}

function lockOf(path: string): string {
  const name = createHash("sha256").update(path).digest("hex").slice(0, 16);
  return join(tmpdir(), `rekey-${userInfo().uid}`, `${name}.lock`);
}

/** Records, values and their names take a line each; what is inside a record stays on its line. */
const BLOCK: BlockStyle = (path) =>
  path[0] === "config" &&
  (path.length === 1 ||
    (path.length === 2 && (path[1] === ROTATIONS || path[1] === EXTERNAL)) ||
    (path.length === 3 && path[1] === EXTERNAL));

function merged(config: PlainMap, changes: Changes["config"]): PlainMap {
  return Object.fromEntries(
    Object.entries({ ...config, ...changes }).filter(
      (entry): entry is [string, Plain] => entry[1] !== undefined,
    ),
  );
}

function plainContent(path: string, document: ReturnType<typeof parseDocument>): PlainMap {
  let content: unknown;
  try {
    content = document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    throw illegal(path, 1, "uses an alias that no anchor defines, or too many of them", {
      allowed: "aliases of anchors above them",
      fix: "write the entries out",
    });
  }
  if (content === null || content === undefined) return {};
  if (isPlainMap(content)) return content;
  throw illegal(path, 1, "is no map", {
    allowed: "the settings file of a stack",
    fix: "put the settings under `config:`",
  });
}

async function bytesOf(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new RekeyError({
      code: "unreadable",
      exitCode: 2,
      message: `cannot be read (${(error as NodeJS.ErrnoException).code ?? "unknown reason"})`,
      path,
      allowed: "the settings file of a stack",
      fix: "choose the stack with `--stack`, or correct the file's permissions",
    });
  }
}

function decode(path: string, bytes: Buffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw illegal(path, 1, "is not in UTF-8", {
      allowed: "UTF-8",
      fix: "save the file in UTF-8",
    });
  }
}

function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split("\n").length;
}

function illegal(
  path: string,
  line: number,
  problem: string,
  { allowed, fix }: { allowed: string; fix: string },
): RekeyError {
  return new RekeyError({
    code: "illegal-file",
    exitCode: 2,
    message: `${basename(path)}, line ${line}: ${problem}`,
    path,
    allowed,
    fix,
  });
}
