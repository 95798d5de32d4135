import type { SecretText } from "../components/secret-text";

/** One column of a table. */
export interface Column<Row> {
  title: string;
  /** The text of a cell; an empty one is shown as it is. */
  value: (row: Row) => string | number | boolean | SecretText | undefined;
  /** Numbers read better at the right. Default: left. */
  align?: "left" | "right";
  /** Never broken: for what is copied from the table, such as an id. Default: false. */
  whole?: boolean;
}

const GAP = 2;
const NARROWEST = 8;

/**
 * Lays rows out in columns that fit `width` characters: wide columns give way first and their cells wrap. Where even that does not
 * fit, each row becomes a block of `title: value` lines. Control characters in values are replaced, so that a name cannot steer
 * the terminal; secrets are shown as `[secret]`, since their text form is that.
 *
 * @returns lines joined by newlines, without a last one; only the titles when there are no rows.
 */
export function table<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  width: number,
): string {
  const cells = rows.map((row) => columns.map((column) => plain(String(column.value(row) ?? ""))));
  const titles = columns.map((column) => column.title);
  const widths = fit(
    columns.map((_, index) => Math.max(...[titles, ...cells].map((row) => size(row[index] ?? "")))),
    width - GAP * (columns.length - 1),
    columns.map(({ whole = false }) => whole),
  );
  if (widths === undefined) return blocks(cells, titles, width);
  const lines = [titles, ...cells].flatMap((row) => layOut(row, widths, columns));
  return lines.join("\n");
}

/** Breaks a text at spaces so that no line is wider than `width`; lines after the first are indented. Longer words are cut. */
export function wrap(text: string, width: number, indent = 0): string {
  const room = Math.max(width, indent + NARROWEST);
  const start = /^ */.exec(text)?.[0] ?? "";
  const lines: string[] = [];
  let line = start;
  let empty = true;
  for (const word of text.slice(start.length).split(/(?<= )/)) {
    let rest = word;
    if (!empty && size(line) + size(rest.trimEnd()) > room) {
      lines.push(line.trimEnd());
      line = " ".repeat(indent);
    }
    while (size(line) + size(rest.trimEnd()) > room) {
      const letters = [...rest];
      lines.push(line + letters.slice(0, room - size(line)).join(""));
      rest = letters.slice(room - size(line)).join("");
      line = " ".repeat(indent);
    }
    line += rest;
    empty = false;
  }
  return [...lines, line.trimEnd()].join("\n");
}

function fit(
  natural: readonly number[],
  room: number,
  whole: readonly boolean[],
): number[] | undefined {
  const widths = [...natural];
  const least = natural.map((each, index) => (whole[index] ? each : Math.min(each, NARROWEST)));
  if (total(least) > room) return undefined;
  for (let over = total(widths) - room; over > 0; over--) {
    const slack = widths.map((each, index) => (whole[index] ? 0 : each));
    const widest = slack.indexOf(Math.max(...slack));
    widths[widest] = (widths[widest] ?? 1) - 1;
  }
  return widths;
}

function layOut<Row>(
  row: readonly string[],
  widths: readonly number[],
  columns: readonly Column<Row>[],
): string[] {
  const wrapped = row.map((cell, index) => narrow(cell, widths[index] ?? NARROWEST));
  const height = Math.max(...wrapped.map((lines) => lines.length));
  return Array.from({ length: height }, (_, at) =>
    wrapped
      .map((lines, index) => pad(lines[at] ?? "", widths[index] ?? 0, columns[index]?.align))
      .join(" ".repeat(GAP))
      .trimEnd(),
  );
}

function narrow(cell: string, width: number): string[] {
  // `wrap` needs room for a cut word; a column narrower than that holds nothing longer than its width.
  return size(cell) <= width ? [cell] : wrap(cell, width).split("\n");
}

function blocks(cells: readonly string[][], titles: readonly string[], width: number): string {
  if (cells.length === 0) return wrap(titles.join(", "), width);
  const block = (row: string[]) =>
    row.map((cell, index) => wrap(`${titles[index] ?? ""}: ${cell}`, width, 2)).join("\n");
  return cells.map(block).join("\n\n");
}

function pad(text: string, width: number, align: "left" | "right" = "left"): string {
  const space = " ".repeat(Math.max(0, width - size(text)));
  return align === "right" ? space + text : text + space;
}

function plain(text: string): string {
  return text.replace(/\s+/g, " ").replace(/\p{Cc}/gu, "\u{fffd}");
}

function size(text: string): number {
  return [...text].length;
}

function total(widths: readonly number[]): number {
  return widths.reduce((sum, each) => sum + each, 0);
}
