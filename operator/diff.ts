/** How a diff is shown. */
export interface DiffOptions {
  /** Heads the diff, as `a/<name>` and `b/<name>`. */
  readonly name: string;
  /** Lines of the surroundings around each change. Default: 3. */
  readonly context?: number;
  /** Writes removed lines red and added ones green. Default: false. */
  readonly colour?: boolean;
}

interface Line {
  readonly sign: " " | "-" | "+";
  readonly text: string;
}

const RED = 31;
const GREEN = 32;
const CYAN = 36;

/**
 * The unified diff of two texts, without a last newline; empty if they are the same. Ciphertexts (`secure:`) are shown as
 * `[ciphertext]`: they say nothing, and a terminal's history is no place to keep them.
 */
export function unifiedDiff(before: string, after: string, options: DiffOptions): string {
  const { name, context = 3, colour = false } = options;
  const lines = compare(linesOf(before), linesOf(after));
  const hunks = hunksOf(lines, context).map(({ from, to }) => {
    const hunk = lines.slice(from, to);
    const head = `@@ -${place(lines, from, hunk, "+")} +${place(lines, from, hunk, "-")} @@`;
    return [paint(CYAN, head, colour), ...hunk.map((line) => shown(line, colour))].join("\n");
  });
  return hunks.length === 0 ? "" : [`--- a/${name}`, `+++ b/${name}`, ...hunks].join("\n");
}

function linesOf(text: string): string[] {
  const lines = text.split("\n");
  return lines.at(-1) === "" ? lines.slice(0, -1) : lines;
}

function shown({ sign, text }: Line, colour: boolean): string {
  const plain = text
    .replace(/\r$/, "")
    .replace(/(\bsecure["']?:\s*)[^\s,}]+/g, "$1[ciphertext]")
    .replace(/\p{Cc}/gu, "\u{fffd}");
  const line = `${sign}${plain}`;
  if (sign === " ") return line;
  return paint(sign === "-" ? RED : GREEN, line, colour);
}

function paint(code: number, text: string, colour: boolean): string {
  return colour ? `\x1b[${code}m${text}\x1b[39m` : text;
}

/** `<first line>,<number of lines>` of a hunk in the text that lacks the lines of the other sign. */
function place(lines: readonly Line[], from: number, hunk: readonly Line[], without: "+" | "-") {
  const count = (some: readonly Line[]) => some.filter(({ sign }) => sign !== without).length;
  const size = count(hunk);
  return `${count(lines.slice(0, from)) + (size > 0 ? 1 : 0)},${size}`;
}

function hunksOf(lines: readonly Line[], context: number): { from: number; to: number }[] {
  const hunks: { from: number; to: number }[] = [];
  lines.forEach(({ sign }, index) => {
    if (sign === " ") return;
    const from = Math.max(0, index - context);
    const to = Math.min(lines.length, index + context + 1);
    const last = hunks.at(-1);
    if (last && from <= last.to) last.to = to;
    else hunks.push({ from, to });
  });
  return hunks;
}

/** The longest common sequence of lines; what both texts begin and end with is put aside first. */
function compare(before: readonly string[], after: readonly string[]): Line[] {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start++;
  let end = 0;
  while (
    end < Math.min(before.length, after.length) - start &&
    before[before.length - 1 - end] === after[after.length - 1 - end]
  )
    end++;
  const same = (texts: readonly string[]) => texts.map((text): Line => ({ sign: " ", text }));
  return [
    ...same(before.slice(0, start)),
    ...between(before.slice(start, before.length - end), after.slice(start, after.length - end)),
    ...same(before.slice(before.length - end)),
  ];
}

function between(before: readonly string[], after: readonly string[]): Line[] {
  const width = after.length + 1;
  const longest = new Uint32Array((before.length + 1) * width);
  const at = (row: number, column: number) => longest[row * width + column] ?? 0;
  for (let row = before.length - 1; row >= 0; row--)
    for (let column = after.length - 1; column >= 0; column--)
      longest[row * width + column] =
        before[row] === after[column]
          ? at(row + 1, column + 1) + 1
          : Math.max(at(row + 1, column), at(row, column + 1));
  const lines: Line[] = [];
  let row = 0;
  let column = 0;
  while (row < before.length || column < after.length) {
    const [old, now] = [before[row], after[column]];
    if (old !== undefined && old === now) {
      lines.push({ sign: " ", text: old });
      row++;
      column++;
    } else if (
      old !== undefined &&
      (now === undefined || at(row + 1, column) >= at(row, column + 1))
    ) {
      lines.push({ sign: "-", text: old });
      row++;
    } else if (now !== undefined) {
      lines.push({ sign: "+", text: now });
      column++;
    }
  }
  return lines;
}
