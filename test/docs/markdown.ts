import { readFileSync, readdirSync } from "node:fs";
import { join, relative, resolve } from "node:path";

/** The project's folder. */
export const ROOT = resolve(__dirname, "../..");

/** A fenced block of a page. */
export interface Block {
  /** The page, relative to the project's folder, and the block's first line: `README.md:12`. */
  readonly place: string;
  /** The word after the fence: `sh`, `yaml`, `ts`. */
  readonly language: string;
  readonly text: string;
}

/** Every page that is written for people: those at the top, and all of docs/ and bench/. */
export function pages(): string[] {
  const below = ["docs", "bench"].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" }).map((name) =>
      join(folder, name),
    ),
  );
  return [...readdirSync(ROOT), ...below].filter((name) => name.endsWith(".md")).sort();
}

/** A page's text. */
export function textOf(page: string): string {
  return readFileSync(join(ROOT, page), "utf8");
}

/** The fenced blocks of a page, without the indentation of a list that they stand in. */
export function blocksOf(page: string): Block[] {
  const found = textOf(page).matchAll(/^( *)```(\w+)\n([\s\S]*?)^\1```$/gm);
  return [...found].map(({ index, input, 1: indent = "", 2: language = "", 3: body = "" }) => ({
    place: `${page}:${input.slice(0, index).split("\n").length}`,
    language,
    text: body
      .split("\n")
      .map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line))
      .join("\n"),
  }));
}

/** The blocks of one language in every page. */
export function blocks(language: string): Block[] {
  return pages()
    .flatMap(blocksOf)
    .filter((block) => block.language === language);
}

/** The files that a page links to, relative to the project's folder, and the heading behind `#`. */
export function linksOf(page: string): { readonly file: string; readonly heading?: string }[] {
  const targets = [...textOf(page).matchAll(/\]\(([^)\s]+)\)/g)].map(
    ({ 1: target = "" }) => target,
  );
  return targets
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => {
      const [path = "", heading] = target.split("#");
      const file = path === "" ? page : relative(ROOT, resolve(ROOT, page, "..", path));
      return heading === undefined ? { file } : { file, heading };
    });
}

/** The anchors of a page's headings, as code hosts make them. */
export function anchorsOf(page: string): string[] {
  return [...textOf(page).matchAll(/^#+ (.+)$/gm)].map(({ 1: heading = "" }) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\- ]/gu, "")
      .replaceAll(" ", "-"),
  );
}
