import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdir, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { findEngine } from "../../engine";
import { processesBelow, runCommand } from "../support/command";
import { ENGINE_MS } from "../support/rehearsal";
import { passableFolder } from "../support/folder";

describe("rekey rehearse --keep", function () {
  this.timeout(ENGINE_MS);
  let temporary: string;

  before(async () => {
    temporary = await passableFolder();
  });
  after(() => rm(temporary, { recursive: true, force: true }));

  it("prints commands that work from any folder, and --end leaves nothing", async () => {
    const args = ["rehearse", "--systems", "capanel", "--overlap", "0", "--rate", "5", "--keep"];
    const { code, err } = await runCommand(args, temporary);
    assert.equal(code, 0, err);
    assert.match(err, /Strapi \(fake\) +ended with this command/);
    const command = String(/^The stack: (.*)$/m.exec(err)?.[1]);
    const engine = dirname((await findEngine()).path);
    const shell = (text: string) =>
      execFileSync("/bin/sh", ["-c", text], {
        cwd: "/",
        env: { PATH: `${engine}:${process.env["PATH"]}`, HOME: process.env["HOME"] },
        encoding: "utf8",
      });
    assert.match(shell(command), /CLOUD_SQL_PASSWORD +database-credential/);
    const update = command.replace(" status ", " up --expect-no-changes ");
    assert.match(shell(update), /nothing to change/);

    const end = String(/^End them with: (.*)$/m.exec(err)?.[1]);
    const ended = JSON.parse(shell(`${end} --json`)) as { processes: number; removed: string };
    assert.equal(ended.processes, 2);
    assert.equal(dirname(ended.removed), temporary);
    assert.deepEqual(await processesBelow(temporary), []);
    assert.deepEqual(
      (await readdir(temporary)).filter((name) => /^rekey-(rehearsal|postgres-\w{6}$)/.test(name)),
      [],
    );
  });
});
