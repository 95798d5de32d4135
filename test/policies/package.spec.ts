import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packPath } from "../../policies/run";
import { rules } from "../../policies/index";

const MODULES = join(packPath, "..", "node_modules");

describe("the policy pack as a package of its own", function () {
  this.timeout(60_000);
  let folder: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), "rekey-package-"));
    const { files } = JSON.parse(readFileSync(join(packPath, "package.json"), "utf8")) as {
      files: string[];
    };
    for (const file of [...files, "package.json"])
      if (file !== "dist/") cpSync(join(packPath, file), join(folder, file), { recursive: true });
    const built = spawnSync(process.execPath, [join(packPath, "build.cjs"), join(folder, "dist")], {
      encoding: "utf8",
    });
    assert.equal(built.status, 0, built.stderr);
    // What `npm install` would bring.
    symlinkSync(MODULES, join(folder, "node_modules"));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  function command(...args: string[]) {
    return spawnSync(join(folder, "bin/rekey-policies"), args, { encoding: "utf8" });
  }

  it("holds no TypeScript and leaves nothing behind in the repository", () => {
    assert.equal(existsSync(join(folder, "index.ts")), false);
    assert.equal(existsSync(join(packPath, "dist")), false);
  });

  it("lists its rules", () => {
    const { stdout, status, stderr } = command("--list");
    assert.equal(status, 0, stderr);
    assert.deepEqual(
      stdout
        .trim()
        .split("\n")
        .map((line) => line.split(" ")[0]),
      rules.map(({ id }) => id),
    );
  });

  it("knows where it is, and offers the engine its entry and others its rules", () => {
    const script = `
      const { packPath } = require(${JSON.stringify(join(folder, "run.cjs"))});
      const { rules, prepare } = require(${JSON.stringify(join(folder, "rules.cjs"))});
      const start = require(${JSON.stringify(join(folder, "pack.cjs"))});
      prepare().then(() => console.log(JSON.stringify([packPath, rules.length, typeof start])));`;
    const { stdout, stderr } = spawnSync(process.execPath, ["-e", script], { encoding: "utf8" });
    assert.equal(stdout.trim(), JSON.stringify([folder, rules.length, "function"]), stderr);
  });

  it("makes the engine's configuration of one file, and refuses what is wrong without quoting it", () => {
    const file = join(folder, "policies.json");
    writeFileSync(file, JSON.stringify({ rules: { "no-weak-password": { minLength: 14 } } }));
    const { stdout } = command("--at", "2026-06-01", file);
    const made = JSON.parse(stdout) as Record<string, unknown>;
    assert.deepEqual(made["no-weak-password"], { at: "2026-06-01", minLength: 14 });
    writeFileSync(file, "canary-4f1c9b");
    const refused = command(file);
    assert.equal(refused.status, 2);
    assert.match(refused.stderr, /no JSON document/);
    assert.doesNotMatch(refused.stderr, /canary/);
    assert.equal(command("--at", "soon").status, 2);
  });
});
