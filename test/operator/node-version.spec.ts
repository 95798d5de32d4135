import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";

const ROOT = resolve(__dirname, "../..");
const MODULE = join(ROOT, "bin/node-version.cjs");

function run(version: string) {
  const script = `require(${JSON.stringify(MODULE)}).requireNode(${JSON.stringify(version)})`;
  return spawnSync(process.execPath, ["-e", script], { encoding: "utf8" });
}

describe("bin/node-version: a Node that is too old", () => {
  for (const version of ["20.18.3", "18.20.8", "8.17.0"])
    it(`${version} is told so, with what is allowed and what mends it, and exit code 2`, () => {
      const { status, stderr, stdout } = run(version);
      assert.equal(status, 2);
      assert.match(stderr, new RegExp(`^error: this is Node ${version}, .*20\\.19 or later\n`));
      assert.match(stderr, /\n {2}fix {6}\S/);
      assert.equal(stdout, "");
    });

  it("the rest goes on, and package.json says the same", () => {
    for (const version of ["20.19.0", "22.0.0", process.versions.node])
      assert.deepEqual([run(version).status, run(version).stderr], [0, ""]);
    const text = readFileSync(join(ROOT, "package.json"), "utf8");
    assert.equal((JSON.parse(text) as { engines: { node: string } }).engines.node, ">=20.19");
  });
});
