import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { findGo } from "../../../engine/go";
import { run } from "../../../engine/run";
import { silent } from "../../../operator/output";

const PROGRAM = "github.com/pulumi/pulumi-yaml/cmd/pulumi-language-yaml";

/**
 * Builds Pulumi's language host for programs in YAML, at the version that go.mod beside this file pins, with the Go on PATH. A minute of
 * processor time at first, seconds when Go has compiled it before.
 *
 * @param folder where it is put, to be set on the engine's PATH.
 */
export async function buildYamlHost(folder: string): Promise<void> {
  const wanted = /^go (\S+)$/m.exec(readFileSync(join(__dirname, "go.mod"), "utf8"))?.[1] ?? "";
  const go = await findGo(__dirname, wanted, silent);
  assert.ok(!("reason" in go), "reason" in go ? go.reason : "");
  const args = ["build", "-trimpath", "-o", join(folder, "pulumi-language-yaml"), PROGRAM];
  const { code, stderr } = await run(go.path, args, { cwd: __dirname, env: go.env });
  assert.equal(code, 0, stderr.join("\n"));
}
