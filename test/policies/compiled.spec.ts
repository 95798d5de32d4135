import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

const load = createRequire(__filename);
const runCompiled = load("../../policies/compiled.cjs") as (
  code: string,
  filename: string,
  kind: string,
) => { readonly exports: unknown; readonly keepCompiled: () => void };

describe("policies/compiled", () => {
  const usual = process.env["XDG_CACHE_HOME"];
  let folder: string;
  let filename: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "rekey-compiled-"));
    process.env["XDG_CACHE_HOME"] = join(folder, "cache");
    filename = join(folder, "module.js");
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
    if (usual === undefined) delete process.env["XDG_CACHE_HOME"];
    else process.env["XDG_CACHE_HOME"] = usual;
  });

  const saying = (word: string) => `exports.say = () => "${word}"; // as it is`;

  /** Runs it, and keeps what was made of it; answers what it says. */
  function say(code: string): string {
    const { exports, keepCompiled } = runCompiled(code, filename, "sample");
    const said = (exports as { say(): string }).say();
    keepCompiled();
    return said;
  }

  /** The one file that is kept. */
  function keptFile(): string {
    const [file, ...others] = readdirSync(join(folder, "cache/rekey/compiled"));
    assert.deepEqual(others, []);
    return join(folder, "cache/rekey/compiled", file!);
  }

  it("gives a module what Node gives it", () => {
    writeFileSync(join(folder, "other.js"), `module.exports = "other";`);
    const code = `module.exports = [require("./other.js"), __filename, __dirname]`;
    assert.deepEqual(runCompiled(code, filename, "sample").exports, ["other", filename, folder]);
  });

  it("keeps what V8 made of it once, for its user alone", () => {
    assert.equal(say(saying("one")), "one");
    const { ino, mode } = statSync(keptFile());
    assert.equal(mode & 0o777, 0o600);
    assert.equal(say(saying("one")), "one");
    assert.equal(statSync(keptFile()).ino, ino);
  });

  it("keeps nothing before it is told to", () => {
    runCompiled(saying("one"), filename, "sample");
    assert.throws(keptFile, { code: "ENOENT" });
  });

  it("does not use what was made of other code, were it as long", () => {
    assert.equal(say(saying("one")), "one");
    assert.equal(say(saying("two")), "two");
    assert.equal(say(saying("two")), "two");
    keptFile();
  });

  for (const [what, broken] of Object.entries<(file: Buffer) => Buffer>({
    "is empty": () => Buffer.alloc(0),
    "is cut off": (file) => file.subarray(0, file.length - 100),
    "was changed": (file) => Buffer.from(file.map((byte, at) => (at === 200 ? byte ^ 1 : byte))),
  }))
    it(`does not use a kept file that ${what}, and replaces it`, () => {
      say(saying("one"));
      const whole = readFileSync(keptFile());
      writeFileSync(keptFile(), broken(whole));
      const { ino } = statSync(keptFile());
      assert.equal(say(saying("one")), "one");
      assert.notEqual(statSync(keptFile()).ino, ino);
    });

  it("does not use what V8 made with other settings, and replaces it", () => {
    const module = JSON.stringify(load.resolve("../../policies/compiled.cjs"));
    const [code, file] = [saying("one"), filename].map((text) => JSON.stringify(text));
    const script = `require(${module})(${code}, ${file}, "sample").keepCompiled()`;
    execFileSync(process.execPath, ["--no-opt", "-e", script]);
    const { ino } = statSync(keptFile());
    assert.equal(say(saying("one")), "one");
    assert.notEqual(statSync(keptFile()).ino, ino);
  });

  it("does without a folder to keep it in", () => {
    writeFileSync(join(folder, "cache"), "");
    assert.equal(say(saying("one")), "one");
    assert.equal(say(saying("one")), "one");
  });
});
