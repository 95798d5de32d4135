import { isDeepStrictEqual } from "node:util";
import {
  Document,
  Node,
  Pair,
  YAMLMap,
  isAlias,
  isMap,
  isPair,
  isSeq,
  parseDocument,
  visit,
} from "yaml";
import { endOf, endOfKey, isEmpty, keyOf, startOf } from "./yaml-places";
import { Plain, PlainMap, flowText, isPlainMap, keyText } from "./yaml-text";

/** An edit that cannot be made without changing something else, such as a value shared by an anchor. */
export class EditRefused extends Error {
  constructor(
    readonly problem: string,
    /** Where in the file, in characters from its beginning. */
    readonly offset: number,
  ) {
    super(problem);
    this.name = "EditRefused";
  }
}

/** Whether a map at this path is written as a block, one line a key, where it has to be made. */
export type BlockStyle = (path: readonly string[]) => boolean;

interface Splice {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/**
 * Brings a YAML document to say `target` by cutting and inserting at the values that differ. Every other byte (comments, order,
 * quoting, alignment, line ends) stays. What is read back from the result is compared with `target` before it is returned.
 *
 * @throws EditRefused when an anchor or an unusual layout stands in the way.
 */
export function editYaml(text: string, target: PlainMap, block: BlockStyle): string {
  const removed = splice(text, new Editor(text, block).removals(target));
  const result = splice(removed, new Editor(removed, block).changes(target));
  const { errors, value } = readBack(result);
  if (errors > 0 || !isDeepStrictEqual(value, target))
    throw new EditRefused("is laid out in a way that cannot be edited in place", 0);
  return result;
}

/** The options under which every stack file is read: as the engine does, with merge keys. */
export const YAML_OPTIONS = { prettyErrors: false, merge: true, logLevel: "error" } as const;

function readBack(text: string): { errors: number; value: unknown } {
  const document = parseDocument(text, YAML_OPTIONS);
  return { errors: document.errors.length, value: document.toJS() as unknown };
}

function splice(text: string, splices: readonly Splice[]): string {
  let result = "";
  let from = 0;
  const ordered = splices
    .map((one, index) => ({ ...one, index }))
    .sort((one, other) => one.start - other.start || one.index - other.index);
  for (const { start, end, text: inserted } of ordered) {
    result += text.slice(from, start) + inserted;
    from = end;
  }
  return result + text.slice(from);
}

class Editor {
  private readonly document: Document.Parsed;
  private readonly shared = new Set<string>();
  private readonly lineEnd: string;
  private readonly splices: Splice[] = [];

  constructor(
    private readonly text: string,
    private readonly block: BlockStyle,
  ) {
    this.document = parseDocument(text, YAML_OPTIONS);
    this.lineEnd = text.includes("\r\n") ? "\r\n" : "\n";
    visit(this.document, { Alias: (_key, alias) => void this.shared.add(alias.source) });
  }

  /** Cuts the keys that `target` does not have. */
  removals(target: PlainMap): Splice[] {
    if (isMap(this.document.contents)) this.remove(this.document.contents, target);
    return this.splices;
  }

  /** Sets the values that differ and adds the keys that are missing. */
  changes(target: PlainMap): Splice[] {
    const root = this.document.contents;
    if (isMap(root) && root.items.length > 0) this.change(root, target, []);
    else if (root === null || isEmpty(root)) {
      const start = root?.range?.[0] ?? this.text.length;
      const end = root?.range?.[1] ?? this.text.length;
      const before = start === 0 || /[\r\n\ufeff]$/.test(this.text.slice(0, start));
      const lines = this.pairLines(Object.entries(target), [], 0).join(this.lineEnd);
      this.put(start, end, (before ? "" : this.lineEnd) + lines + this.lineEnd);
    } else throw new EditRefused("is no map", 0);
    return this.splices;
  }

  private remove(map: YAMLMap, target: PlainMap): void {
    const gone = new Set(
      map.items.filter((pair) => keyOf(pair) !== MERGE && !Object.hasOwn(target, keyOf(pair))),
    );
    if (gone.size > 0) {
      this.own(map);
      for (const pair of gone) this.ownWhole(pair);
      if (map.flow) this.cutFlow(map, gone);
      else for (const pair of gone) this.cutLines(pair);
    }
    for (const pair of map.items) {
      const wanted = target[keyOf(pair)];
      if (gone.has(pair) || !isMap(pair.value) || !isPlainMap(wanted)) continue;
      if (!isDeepStrictEqual(pair.value.toJS(this.document), wanted))
        this.remove(pair.value, wanted);
    }
  }

  private cutFlow(map: YAMLMap, gone: ReadonlySet<Pair>): void {
    const kept = map.items.findIndex((pair) => !gone.has(pair));
    const [first] = map.items;
    if (kept === -1 && first) {
      this.put(startOf(first), endOf(map.items[map.items.length - 1] ?? first), "");
    } else if (first) {
      const survivor = map.items[kept];
      if (kept > 0 && survivor) this.put(startOf(first), startOf(survivor), "");
      map.items.forEach((pair, index) => {
        const previous = map.items[index - 1];
        if (index > kept && gone.has(pair) && previous) this.put(endOf(previous), endOf(pair), "");
      });
    }
  }

  private cutLines(pair: Pair): void {
    const start = this.lineStart(startOf(pair));
    const end = this.endOfLine(endOf(pair));
    const next = end + (this.text.startsWith("\r\n", end) ? 2 : 1);
    this.put(start, Math.min(next, this.text.length), "");
  }

  private change(map: YAMLMap, target: PlainMap, path: readonly string[]): void {
    const present = map.toJS(this.document) as Record<string, unknown>;
    const own = new Set(map.items.map(keyOf));
    const missing = Object.entries(target).filter(
      ([key, value]) => !own.has(key) && !isDeepStrictEqual(present[key], value),
    );
    // The values first: what a block within ends with stands before what is added after the block, at the same place of the text.
    for (const pair of map.items) {
      const key = keyOf(pair);
      const wanted = target[key];
      const node = pair.value as Node | null;
      if (wanted === undefined || isDeepStrictEqual(plainOf(node, this.document), wanted)) continue;
      this.own(map);
      this.set(pair, node, wanted, [...path, key], map.flow === true);
    }
    if (missing.length > 0) this.add(map, missing, path);
  }

  private set(pair: Pair, node: Node | null, wanted: Plain, path: string[], inFlow: boolean): void {
    if (isMap(node) && isPlainMap(wanted) && node.items.length > 0) {
      this.own(node);
      return this.change(node, wanted, path);
    }
    if (node) this.ownWhole(node);
    const [start, end] = node?.range ?? [endOf(pair), endOf(pair)];
    if (!inFlow && isPlainMap(wanted) && this.block(path) && (node === null || isEmpty(node))) {
      const lineEnd = this.endOfLine(end);
      const blank = this.text.slice(end, lineEnd).trim() === "";
      this.put(blank ? endOfKey(this.text, pair) : start, blank ? lineEnd : end, "");
      const indent = this.column(startOf(pair)) + INDENT;
      this.insertLines(lineEnd, Object.entries(wanted), path, indent);
    } else if (isSeq(node) && !node.flow) {
      throw new EditRefused("holds a list where a value is to be set", start);
    } else {
      const space = /[\s:]$/.test(this.text.slice(0, start)) && start > endOfKey(this.text, pair);
      this.put(start, end, (space ? "" : " ") + flowText(wanted));
    }
  }

  private add(map: YAMLMap, pairs: [string, Plain][], path: readonly string[]): void {
    this.own(map);
    const last = map.items[map.items.length - 1];
    if (map.flow) {
      const items = pairs.map(([key, value]) => `${keyText(key, true)}: ${flowText(value)}`);
      const list = items.join(", ");
      const at = last ? endOf(last) : (map.range?.[0] ?? 0) + 1;
      this.put(at, at, last ? `, ${list}` : ` ${list} `);
    } else if (last) {
      const first = map.items[0] ?? last;
      this.insertLines(this.endOfLine(endOf(last)), pairs, path, this.column(startOf(first)));
    }
  }

  private insertLines(
    at: number,
    pairs: [string, Plain][],
    path: readonly string[],
    indent: number,
  ) {
    for (const line of this.pairLines(pairs, path, indent)) this.put(at, at, this.lineEnd + line);
  }

  private pairLines(
    pairs: readonly [string, Plain][],
    path: readonly string[],
    indent: number,
  ): string[] {
    return pairs.flatMap(([key, value]) => {
      const head = `${" ".repeat(indent)}${keyText(key, false)}:`;
      const inner = [...path, key];
      return isPlainMap(value) && this.block(inner) && Object.keys(value).length > 0
        ? [head, ...this.pairLines(Object.entries(value), inner, indent + INDENT)]
        : [`${head} ${flowText(value)}`];
    });
  }

  /** Refuses to edit a map that an alias repeats elsewhere. */
  private own(node: YAMLMap): void {
    const offset = node.range?.[0] ?? 0;
    if (node.anchor !== undefined && this.shared.has(node.anchor))
      throw new EditRefused("is shared by an anchor: another entry would change with it", offset);
  }

  private ownWhole(node: Node | Pair): void {
    const check = (inner: Node): void => {
      if (!isAlias(inner) && inner.anchor !== undefined && this.shared.has(inner.anchor))
        throw new EditRefused("carries an anchor that is used elsewhere", inner.range?.[0] ?? 0);
    };
    if (isPair(node)) {
      if (node.value) this.ownWhole(node.value as Node);
    } else visit(node, { Node: (_key, inner) => check(inner) });
  }

  private put(start: number, end: number, text: string): void {
    this.splices.push({ start, end, text });
  }

  private lineStart(offset: number): number {
    return Math.max(this.text.lastIndexOf("\n", offset - 1) + 1, this.text[0] === "\ufeff" ? 1 : 0);
  }

  private column(offset: number): number {
    return offset - this.lineStart(offset);
  }

  /** The end of the line in which the text before `offset` ends, before its line break. */
  private endOfLine(offset: number): number {
    const from = this.text[offset - 1] === "\n" ? offset - 1 : offset;
    const feed = this.text.indexOf("\n", from);
    if (feed === -1) return this.text.length;
    return this.text[feed - 1] === "\r" ? feed - 1 : feed;
  }
}

const INDENT = 2;
/** The key by which a map takes in another one's keys. */
const MERGE = "<<";

function plainOf(node: Node | null, document: Document.Parsed): unknown {
  return node === null ? null : node.toJS(document);
}
