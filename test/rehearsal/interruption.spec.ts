import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { KEPT, PREFIX, noteOwner, sweep } from "../../rehearsal/leftovers";
import { processesBelow, startCommand } from "../support/command";
import { ENGINE_MS } from "../support/rehearsal";
import { passableFolder } from "../support/folder";

describe("a rehearsal that is interrupted", function () {
  this.timeout(ENGINE_MS);
  let temporary: string;

  before(async () => {
    temporary = await passableFolder();
  });
  after(() => rm(temporary, { recursive: true, force: true }));

  it("ends by SIGINT half-way through an update, and leaves neither process nor file", async () => {
    const running = await startCommand(["rehearse", "--overlap", "0"], temporary);
    await running.says(/bring it up: create SecretVersion/);
    process.kill(running.pid, "SIGINT");
    const { signal, err } = await running.ended;
    assert.equal(signal, "SIGINT", err);
    assert.match(err, /SIGINT: ending what runs and removing its files/);
    assert.doesNotMatch(err, /^error:|\n\s+at /m);
    assert.deepEqual(await processesBelow(temporary), []);
    // The policy pack's loader keeps what it has transpiled for the next run, beside what is the rehearsal's own.
    const left = (await readdir(temporary)).filter((name) => !name.startsWith("ts-node-"));
    assert.deepEqual(left, []);
  });

  it("leaves no file behind that the next one does not remove, even if it was killed", async () => {
    const running = await startCommand(["rehearse", "--overlap", "0"], temporary);
    await running.says(/bring it up/);
    process.kill(running.pid, "SIGKILL");
    await running.ended;
    const left = (await readdir(temporary)).filter((name) => name.startsWith(PREFIX));
    assert.equal(left.length, 1);
    assert.deepEqual(
      await sweep(temporary),
      left.map((name) => join(temporary, name)),
    );
    const names = await readdir(temporary);
    assert.deepEqual(
      names.filter((name) => name.startsWith(PREFIX)),
      [],
    );
  });
});

describe("rehearsal/leftovers: what a sweep leaves alone", () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "rekey-test-"));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  /** A process that ended: its number is above the highest that a system gives. */
  const GONE = 2 ** 30;

  async function root(name: string, note?: object): Promise<string> {
    const path = join(folder, `${PREFIX}${name}`);
    await mkdir(path);
    if (note) await writeFile(join(path, "owner.json"), JSON.stringify(note));
    return path;
  }

  it("is what runs, what is kept, what is another host's, and what it does not know", async () => {
    const dead = { pid: GONE, host: hostname() };
    const gone = await root("gone", dead);
    await noteOwner(await root("running"));
    await root("new");
    await root("elsewhere", { ...dead, host: "another.example.com" });
    await writeFile(join(await root("kept", dead), KEPT), "{}");
    await mkdir(join(folder, "rekey-other"));
    assert.deepEqual(await sweep(folder), [gone]);
    assert.deepEqual(
      (await readdir(folder)).sort(),
      [
        ...["elsewhere", "kept", "new", "running"].map((name) => PREFIX + name),
        "rekey-other",
      ].sort(),
    );
  });
});
