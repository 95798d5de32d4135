import assert from "node:assert/strict";
import { run } from "../../engine/run";
import { silent } from "../../operator/output";
import { goFor } from "../upstream/go-module";

/**
 * Builds a language host with the Go on PATH, at the versions that its module pins. A minute of processor time at first, seconds when Go has compiled
 * it before.
 *
 * @param module the folder of its go.mod.
 * @param program the package to build.
 * @param file where it is put; the engine finds `pulumi-language-<runtime>` in a folder of its PATH.
 */
export async function buildLanguageHost(
  module: string,
  program: string,
  file: string,
): Promise<void> {
  const go = await goFor(module, silent);
  const args = ["build", "-trimpath", "-o", file, program];
  const { code, stderr } = await run(go.path, args, { cwd: module, env: go.env });
  assert.equal(code, 0, stderr.join("\n"));
}
