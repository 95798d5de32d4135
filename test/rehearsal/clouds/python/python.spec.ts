import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { access, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { RekeyError } from "../../../../operator/errors";
import { pythonTool } from "../../../../rehearsal/clouds/python";
import { zipOf } from "../../../../rehearsal/providers/aws/zip";

const run = promisify(execFile);

describe("rehearsal/clouds/python", function () {
  this.timeout(120_000);
  let dir: string;
  let requirements: string;

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), "rekey-python-"));
    requirements = join(dir, "requirements.txt");
    // No package at all: an environment is made without any network.
    await writeFile(requirements, "# nothing\n");
  });
  after(() => rm(dir, { recursive: true, force: true }));

  const tool = (more: Partial<Parameters<typeof pythonTool>[0]> = {}) =>
    pythonTool({ name: "example", requirements, cacheDir: join(dir, "cache"), ...more });

  it("makes the environment once, says so, and finds it again without a word", async () => {
    const said: string[] = [];
    const progress = { step: (text: string) => said.push(text), note: () => {}, end: () => {} };
    const [bin, same] = await Promise.all([tool({ progress }), tool({ progress })]);
    assert.equal(bin, same);
    await run(join(bin, "python"), ["-c", "pass"]);
    assert.equal(said.filter((text) => text.includes("making")).length, 1);
    said.length = 0;
    await tool({ progress });
    assert.deepEqual(said, []);
    assert.equal((await stat(join(dir, "cache"))).mode & 0o077, 0);
  });

  it("makes a half-made one anew", async () => {
    const bin = await tool();
    await rm(join(bin, "..", "rekey-ready"));
    await rm(join(bin, "python"));
    assert.equal(await tool(), bin);
    await access(join(bin, "python"));
  });

  it("has a folder of its own for every requirements file", async () => {
    const other = join(dir, "other.txt");
    await writeFile(other, "# nothing else\n");
    assert.notEqual(await tool({ requirements: other }), await tool());
    const folders = (await readdir(join(dir, "cache"))).filter((one) => !one.endsWith(".lock"));
    assert.equal(folders.length, 2);
  });

  it("installs a file with the hash of the requirements, and refuses one with another", async () => {
    const name = "example_package-1.0-py3-none-any.whl";
    const info = "example_package-1.0.dist-info";
    const texts = {
      "example_package.py": "GREETING = 'installed'\n",
      [`${info}/METADATA`]: "Metadata-Version: 2.1\nName: example-package\nVersion: 1.0\n",
      [`${info}/WHEEL`]: "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    };
    const record = [...Object.keys(texts), `${info}/RECORD`].map((file) => `${file},,\n`).join("");
    const files = { ...texts, [`${info}/RECORD`]: record };
    const assets = Object.fromEntries(
      Object.entries(files).map(([file, text]) => [file, { text }]),
    );
    const wheel = zipOf({ assets });
    await writeFile(join(dir, name), wheel);
    const env = { ...process.env, PIP_NO_INDEX: "1", PIP_FIND_LINKS: dir };
    const pinned = async (hash: string) => {
      const file = join(dir, `${hash.slice(0, 8)}.txt`);
      await writeFile(file, `example-package==1.0 --hash=sha256:${hash}\n`);
      return tool({ requirements: file, env });
    };
    const bin = await pinned(createHash("sha256").update(wheel).digest("hex"));
    const script = "import example_package; print(example_package.GREETING)";
    const { stdout } = await run(join(bin, "python"), ["-c", script]);
    assert.equal(stdout.trim(), "installed");
    await assert.rejects(pinned("0".repeat(64)), (error: RekeyError) => {
      assert.equal(error.exitCode, 2);
      assert.match(error.message, /^example: its packages cannot be installed: .*Expected sha256/s);
      return true;
    });
  });

  it("says what is missing where there is no Python, and how to get it", async () => {
    for (const [env, path] of [
      [{ PATH: dir }, "PATH"],
      [{ ...process.env, REKEY_PYTHON: join(dir, "none") }, "REKEY_PYTHON"],
    ] as const)
      await assert.rejects(tool({ env }), (error: RekeyError) => {
        const { exitCode, path: setting, allowed } = error;
        assert.deepEqual([exitCode, setting, allowed], [2, path, "Python 3.11 or later"]);
        return true;
      });
  });
});
