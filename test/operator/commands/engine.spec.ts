import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { engineCommand } from "../../../operator/commands/engine";
import { FakeMachine } from "../../engine/fakes";

const run = promisify(execFile);

describe("rekey engine", () => {
  it("tells which CLI is used, for people and for scripts", async () => {
    const machine = await FakeMachine.create();
    try {
      const path = await machine.fakePulumi("3.250.0");
      const source = JSON.stringify(join(__dirname, "../../../operator/commands/engine.ts"));
      const program = `require(${source}).engineCommand().parseAsync(process.argv.slice(1), { from: "user" })`;
      const start = (...args: string[]) => {
        const all = ["--require", "tsx/cjs", "--eval", program, "--", ...args];
        return run(process.execPath, all, { env: machine.env });
      };
      const [text, json] = await Promise.all([start(), start("--json")]);
      assert.equal(text.stdout, `Pulumi CLI 3.250.0, found on PATH\n${path}\n`);
      assert.deepEqual(JSON.parse(json.stdout), { version: "3.250.0", source: "path", path });
      assert.equal(json.stderr, "");
    } finally {
      await machine.remove();
    }
  }).timeout(60_000);

  it("explains itself", () => {
    let help = "";
    const command = engineCommand().configureOutput({ writeOut: (text) => (help += text) });
    command.outputHelp();
    assert.match(help, /--json/);
    assert.match(help, /\$ rekey engine --json/);
  });
});
