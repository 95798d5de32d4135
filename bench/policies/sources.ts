import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { Cell } from "./cells";
import { ciphertext } from "./origins";

/** The folder of a cell below the folder of all. */
export function folderOf(index: number): string {
  return `cell-${String(index).padStart(5, "0")}`;
}

/**
 * Writes every cell as the source that a person would write, a program and its stack's file, for tools that read texts. What is
 * encrypted stands there as its ciphertext.
 */
export function writeSources(cells: readonly Cell[], folder: string): void {
  for (const [index, cell] of cells.entries()) {
    const here = join(folder, folderOf(index));
    mkdirSync(here, { recursive: true });
    writeFileSync(join(here, "index.ts"), programText(cell));
    writeFileSync(join(here, "Pulumi.dev.yaml"), stackText(cell));
  }
}

function programText({ place, given, harmless, byReference }: Cell): string {
  if (byReference && place.byReference) return place.byReference.source;
  const source = place.source(given.expression, harmless);
  const lines = source.split("\n");
  const imports = lines.findLastIndex((line) => line.startsWith("import "));
  lines.splice(imports + 1, 0, ...given.declarations);
  return lines.join("\n");
}

function stackText({ given }: Cell): string {
  const config = Object.fromEntries(
    Object.entries(given.settings).map(([key, value]) => [
      key,
      given.encrypted.includes(key) ? { secure: ciphertext(value) } : value,
    ]),
  );
  return stringify({ config });
}
