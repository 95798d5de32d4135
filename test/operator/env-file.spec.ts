import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { readEnvFileOrder, writeEnvFile } from "../../operator/env-file";
import { type Workbench, workbench } from "./workbench";

describe("operator/env-file", () => {
  let dir: string;
  let file: string;

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "rekey-env-file-"));
    file = join(dir, ".env");
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  const write = (variables: Readonly<Record<string, string>>) =>
    writeEnvFile(readEnvFileOrder(JSON.stringify({ file, variables })));
  const read = () => parseEnv(readFileSync(file, "utf8"));

  it("makes a file for its owner alone, and writes nothing the second time", async () => {
    assert.equal(await write({ KEY: "it's #1", OTHER: "two" }), "written");
    assert.deepEqual({ ...read() }, { KEY: "it's #1", OTHER: "two" });
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.equal(await write({ KEY: "it's #1", OTHER: "two" }), "unchanged");
  });

  it("keeps every other line, and takes away what is no longer wanted", async () => {
    writeFileSync(file, "# mine\nMINE=1\n");
    await write({ KEY: "one", KEY_ACCEPTED_A: "one" });
    writeFileSync(file, `${readFileSync(file, "utf8")}LATER=2\n`);
    await write({ KEY: "two" });
    assert.deepEqual({ ...read() }, { MINE: "1", LATER: "2", KEY: "two" });
    assert.match(readFileSync(file, "utf8"), /^# mine\nMINE=1\nLATER=2\n# written by rekey up/);
    assert.equal(await write({ KEY: "two" }), "unchanged");
  });

  it("leaves no second line for a variable of its own", async () => {
    writeFileSync(file, "export KEY=old\nKEYS=1\n");
    await write({ KEY: "new" });
    assert.doesNotMatch(readFileSync(file, "utf8"), /old/);
    assert.deepEqual({ ...read() }, { KEYS: "1", KEY: "new" });
  });

  it("closes a file that others may read", async () => {
    await write({ KEY: "one" });
    chmodSync(file, 0o644);
    assert.equal(await write({ KEY: "one" }), "written");
    assert.equal(statSync(file).mode & 0o777, 0o600);
  });

  describe("by the command that the component runs", () => {
    let bench: Workbench;
    before(() => (bench = workbench({})));
    after(() => bench.remove());

    it("takes the values from standard input and prints none", async () => {
      const input = JSON.stringify({ file, variables: { KEY: "canary of the file" } });
      const ran = await bench.rekey(["local-env", "write"], { input });
      assert.deepEqual([ran.code, ran.stdout], [0, "written\n"]);
      assert.ok(!ran.stderr.includes("canary"));
      assert.equal(read()["KEY"], "canary of the file");
    });

    it("quotes nothing of an order that it cannot read", async () => {
      for (const input of ['{"canary', JSON.stringify({ file, variables: { "canary-1": "x" } })]) {
        const ran = await bench.rekey(["local-env", "write"], { input });
        assert.equal(ran.code, 2);
        assert.doesNotMatch(ran.stdout + ran.stderr, /canary/);
      }
    });
  });
});
