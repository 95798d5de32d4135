import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { engineTemp, sweepEngineTemp } from "../../operator/engine-temp";
import { HOME } from "../../operator/workspace";

describe("operator/engine-temp: where engine and plugins put what is for a while", () => {
  it("is one folder that nobody else may enter", () => {
    assert.equal(engineTemp(), engineTemp());
    assert.equal(statSync(engineTemp()).mode & 0o777, 0o700);
  });

  it("goes with the process, whatever was left in it", () => {
    const left = `
      require(${JSON.stringify(join(HOME, "bin", "transpile.cjs"))});
      const folder = require(${JSON.stringify(join(HOME, "operator", "engine-temp"))}).engineTemp();
      require("node:fs").writeFileSync(folder + "/kubeconfig1", "example");
      process.stdout.write(folder);
    `;
    const folder = execFileSync(process.execPath, ["-e", left], { encoding: "utf8" });
    assert.match(folder, /rekey-engine-/);
    assert.ok(!existsSync(folder));
  });

  it("goes with a later command where a command was killed, and no living one's does", () => {
    const parent = mkdtempSync(join(tmpdir(), "rekey-sweep-"));
    try {
      const mine = basename(engineTemp());
      const { pid = 0 } = spawnSync(process.execPath, ["-e", ""]);
      const gone = mine.replace(String(process.pid), String(pid));
      for (const name of [mine, gone, "somebody-elses"]) mkdirSync(join(parent, name));
      writeFileSync(join(parent, gone, "kubeconfig1"), "example");
      sweepEngineTemp(parent);
      assert.ok(existsSync(join(parent, gone)), "its engine may live for a while");
      sweepEngineTemp(parent, Date.now() + 61 * 60_000);
      assert.deepEqual(readdirSync(parent).sort(), [mine, "somebody-elses"].sort());
    } finally {
      rmSync(parent, { recursive: true, force: true });
    }
  });
});
