import { Cell } from "./cells";

/** What a tool found, in the order of the cells. */
export interface Judged {
  readonly tool: string;
  readonly found: readonly boolean[];
}

/** How often a tool was right. */
export interface Score {
  /** Of what is wrong, the part that was found; undefined where nothing is wrong. */
  readonly recall: number | undefined;
  /** Of what was found, the part that is wrong; undefined where nothing was found. */
  readonly precision: number | undefined;
  readonly wrong: number;
  readonly right: number;
  readonly missed: number;
  readonly falsely: number;
}

/** Scores a tool on the cells that fit. */
export function scoreOf(
  cells: readonly Cell[],
  { found }: Judged,
  fits: (cell: Cell) => boolean = () => true,
): Score {
  let [hits, missed, falsely, right] = [0, 0, 0, 0];
  for (const [index, cell] of cells.entries()) {
    if (!fits(cell)) continue;
    const flagged = found[index] === true;
    if (cell.wrong && flagged) hits += 1;
    else if (cell.wrong) missed += 1;
    else if (flagged) falsely += 1;
    else right += 1;
  }
  return {
    recall: hits + missed > 0 ? hits / (hits + missed) : undefined,
    precision: hits + falsely > 0 ? hits / (hits + falsely) : undefined,
    wrong: hits + missed,
    right: right + falsely,
    missed,
    falsely,
  };
}

/** A table in Markdown. */
export function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [
    line(head),
    line(head.map((_, index) => (index === 0 ? "---" : "---:"))),
    ...rows.map(line),
  ].join("\n");
}

/** A share with three digits; a dash where there is none. */
export function share(part: number | undefined): string {
  return part === undefined ? "–" : part.toFixed(3);
}
