import assert from "node:assert/strict";
import {
  chownSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runInNewContext } from "node:vm";

const { bundled } = createRequire(__filename)("../../policies/bundle.cjs") as {
  readonly bundled: (entry: string) => string;
};

describe("policies/bundle", () => {
  const usual = process.env["XDG_CACHE_HOME"];
  let folder: string;
  let entry: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "rekey-bundle-"));
    process.env["XDG_CACHE_HOME"] = join(folder, "cache");
    entry = source("entry.ts", `import { word } from "./other"; export const said: string = word;`);
    source(
      "other.ts",
      `import { word as written } from "./word.json"; export const word = written;`,
    );
    source("word.json", `{"word": "first"}`);
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
    if (usual === undefined) delete process.env["XDG_CACHE_HOME"];
    else process.env["XDG_CACHE_HOME"] = usual;
  });

  /** Writes a source, as somebody did some time ago. */
  function source(name: string, text: string): string {
    const file = join(folder, name);
    writeFileSync(file, text);
    const before = new Date(Date.now() - 60_000);
    utimesSync(file, before, before);
    return file;
  }

  function said(): unknown {
    const module: { exports: { said?: unknown } } = { exports: {} };
    runInNewContext(bundled(entry), { module });
    return module.exports.said;
  }

  /** The one file that is kept. */
  function keptFile(): string {
    const [file, ...others] = readdirSync(join(folder, "cache/rekey/bundled"));
    assert.deepEqual(others, []);
    return join(folder, "cache/rekey/bundled", file!);
  }

  it("makes one module of all that a module needs, and keeps it for its user alone", () => {
    assert.equal(said(), "first");
    assert.equal(statSync(keptFile()).mode & 0o777, 0o600);
    assert.equal(statSync(join(folder, "cache/rekey/bundled")).mode & 0o777, 0o700);
  });

  it("uses what was kept", () => {
    const made = bundled(entry);
    const { ino } = statSync(keptFile());
    assert.equal(bundled(entry), made);
    assert.equal(statSync(keptFile()).ino, ino);
  });

  it("makes it anew when any of its sources changes, and keeps that in its place", () => {
    assert.equal(said(), "first");
    source("word.json", `{"word": "again"}`);
    assert.equal(said(), "again");
    source("other.ts", `export const word = "third";`);
    assert.equal(said(), "third");
    rmSync(join(folder, "word.json"));
    assert.equal(said(), "third");
    keptFile();
  });

  it("fails when a source is gone that it needs", () => {
    assert.equal(said(), "first");
    rmSync(join(folder, "word.json"));
    assert.throws(said, /word\.json/);
  });

  it("does not keep what was made of a file that is being written", () => {
    writeFileSync(join(folder, "word.json"), `{"word": "now"}`);
    const soon = new Date(Date.now() + 60_000);
    utimesSync(join(folder, "word.json"), soon, soon);
    assert.equal(said(), "now");
    assert.equal(existsSync(join(folder, "cache/rekey/bundled")), false);
  });

  for (const [what, broken] of Object.entries<(file: Buffer) => Buffer>({
    "is empty": () => Buffer.alloc(0),
    "is cut off": (file) => file.subarray(0, file.length - 20),
    "has no second line": (file) => file.subarray(0, file.indexOf("\n")),
    "was changed": (file) =>
      Buffer.from(file.toString("latin1").replace("first", "other"), "latin1"),
  }))
    it(`does not run a kept file that ${what}`, () => {
      assert.equal(said(), "first");
      writeFileSync(keptFile(), broken(readFileSync(keptFile())));
      assert.equal(said(), "first");
    });

  it("does not run a file that another user kept", function () {
    if (process.getuid?.() !== 0) this.skip();
    assert.equal(said(), "first");
    const { ino } = statSync(keptFile());
    chownSync(keptFile(), 65_534, 65_534);
    assert.equal(said(), "first");
    assert.notEqual(statSync(keptFile()).ino, ino);
  });

  it("does without a folder to keep it in", () => {
    writeFileSync(join(folder, "cache"), "");
    assert.equal(said(), "first");
    assert.equal(said(), "first");
  });

  it("has nothing in it that is not ASCII, and reads the same", () => {
    entry = source(
      "entry.ts",
      "/** ‘Why’ */ export const said = `ä\u2028${/[ß-ü]/u.test('ö')}`; // – that is all",
    );
    assert.equal(said(), "ä\u2028true");
    assert.match(bundled(entry), /^[\0-\x7f]*$/);
  });
});
