/**
 * Recall and precision of the policy pack on programs made of values × places × origins, side by side with tools that read texts. Writes
 * docs/policies-recall-and-precision.md. See bench/policies/README.md.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Command } from "commander";
import { format, resolveConfig } from "prettier";
import { Cell, cellsOf, isFound, judge } from "./cells";
import { report } from "./report";
import { detectSecrets, gitleaks } from "./scanners";
import { folderOf, writeSources } from "./sources";
import { Judged, scoreOf } from "./table";

const FILE = resolve(__dirname, "../../docs/policies-recall-and-precision.md");
/** The least recall and the least precision of the pack. */
export const LEAST = 0.99;

interface Options {
  readonly gitleaks?: string;
  readonly detectSecrets?: string;
  readonly write: boolean;
  readonly misses: boolean;
}

async function run(options: Options): Promise<void> {
  const { cells, untold } = cellsOf();
  const pack = await packOn(cells);
  const tools = [pack, ...scannersOn(cells, options)];
  if (options.misses) for (const line of mistakes(cells, pack)) console.log(line);
  for (const tool of tools) {
    const { recall, precision, missed, falsely } = scoreOf(cells, tool);
    console.log(
      `${tool.tool}: recall ${recall?.toFixed(4)}, precision ${precision?.toFixed(4)} (${missed} missed, ${falsely} false)`,
    );
  }
  if (options.write) writeFileSync(FILE, await formatted(report(cells, untold, tools)));
  const { recall = 0, precision = 0 } = scoreOf(cells, pack);
  if (recall < LEAST || precision < LEAST) process.exitCode = 1;
}

/** As the project's other documents are formatted, so that a check of the format leaves it alone. */
async function formatted(text: string): Promise<string> {
  return format(text, { ...(await resolveConfig(FILE)), parser: "markdown" });
}

async function packOn(cells: readonly Cell[]): Promise<Judged> {
  const found: boolean[] = [];
  for (const cell of cells) found.push(isFound(cell, await judge(cell)));
  return { tool: "this pack", found };
}

function scannersOn(cells: readonly Cell[], options: Options): Judged[] {
  const wanted = [
    options.gitleaks && ((folder: string) => gitleaks(options.gitleaks!, folder)),
    options.detectSecrets && ((folder: string) => detectSecrets(options.detectSecrets!, folder)),
  ].filter((one) => typeof one === "function");
  if (wanted.length === 0) return [];
  const folder = mkdtempSync(join(tmpdir(), "rekey-bench-"));
  try {
    writeSources(cells, folder);
    return wanted.map((scan) => {
      const { tool, found } = scan(folder);
      return { tool, found: cells.map((_, index) => found.has(folderOf(index))) };
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What the pack got wrong, without any value. */
function mistakes(cells: readonly Cell[], { found }: Judged): string[] {
  return cells.flatMap(({ kind, place, origin, wrong, lookalike }, index) =>
    found[index] === wrong
      ? []
      : [
          `${wrong ? "missed" : "false"}: ${kind} · ${place.place} · ${origin}${lookalike ? " · lookalike" : ""}`,
        ],
  );
}

new Command("policies")
  .description("measure recall and precision of the policy pack")
  .option("--gitleaks <binary>", "also run this gitleaks")
  .option("--detect-secrets <binary>", "also run this detect-secrets")
  .option("--write", "write the table into docs/", false)
  .option("--misses", "list what the pack got wrong", false)
  .action(run)
  .parse();
