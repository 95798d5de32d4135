import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { engineTemp } from "../../operator/engine-temp";
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
});
