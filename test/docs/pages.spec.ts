import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { SECRET_CLASSES } from "../../components";
import { ROOT, anchorsOf, linksOf, pages, textOf } from "./markdown";

/** All TypeScript of the rooms that report errors, as one text. */
function sources(): string {
  return ["components", "engine", "operator", "rehearsal", "stacks"]
    .flatMap((room) =>
      readdirSync(join(ROOT, room), { recursive: true, encoding: "utf8" })
        .filter((name) => name.endsWith(".ts"))
        .map((name) => readFileSync(join(ROOT, room, name), "utf8")),
    )
    .join("\n");
}

describe("docs: the pages", () => {
  it("link to files and headings that there are", () => {
    for (const page of pages())
      for (const { file, heading } of linksOf(page)) {
        assert.ok(existsSync(join(ROOT, file)), `${page} links to ${file}, which is not there`);
        if (heading !== undefined)
          assert.ok(anchorsOf(file).includes(heading), `${page}: ${file} has no #${heading}`);
      }
  });

  it("have one for each class of secret", () => {
    for (const name of [...SECRET_CLASSES, "service-identity"])
      assert.ok(existsSync(join(ROOT, `docs/classes/${name}.md`)), `${name} has no page`);
  });

  it("list every decision, numbered without gaps", () => {
    const files = readdirSync(join(ROOT, "docs/decisions")).filter((name) => /^\d/.test(name));
    files
      .sort()
      .forEach((name, index) =>
        assert.equal(Number(name.slice(0, 4)), index + 1, `${name} is out of order`),
      );
    const listed = linksOf("docs/decisions/README.md").map(({ file }) => file);
    assert.deepEqual(
      listed,
      files.map((name) => `docs/decisions/${name}`),
    );
  });

  it("number the gotchas without gaps, and each once", () => {
    const numbers = [...textOf("docs/gotchas.md").matchAll(/^(\d+)\. /gm)].map((found) =>
      Number(found[1]),
    );
    assert.ok(numbers.length > 0);
    numbers.forEach((number, index) => assert.equal(number, index + 1));
  });

  it("explain errors by codes that the commands report", () => {
    const table = textOf("docs/guide.md").split("## Troubleshooting")[1] ?? "";
    const cells = [...table.matchAll(/^\| (`[^|]*?) *\|/gm)].map((row) => row[1] ?? "");
    const codes = cells.flatMap((cell) =>
      [...cell.matchAll(/`([a-z-]+)`/g)].map((found) => found[1] ?? ""),
    );
    assert.ok(codes.length > 15, "no codes were found");
    const known = sources();
    for (const code of codes)
      assert.ok(known.includes(`"${code}"`), `no error has the code ${code}`);
  });
});
