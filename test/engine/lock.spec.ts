import assert from "node:assert/strict";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { withLock } from "../../engine/lock";

describe("withLock", () => {
  let folder: string;
  let file: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "rekey-lock-"));
    file = join(folder, "the.lock");
  });

  afterEach(() => rm(folder, { recursive: true, force: true }));

  it("lets one at a time in, and leaves no file", async () => {
    let inside = 0;
    const work = async () => {
      assert.equal(++inside, 1);
      await new Promise((next) => setImmediate(next));
      inside--;
    };
    await Promise.all(Array.from({ length: 4 }, () => withLock(file, work)));
    assert.deepEqual(await readdir(folder), []);
  });

  it("is free again after its work failed", async () => {
    await assert.rejects(
      withLock(file, () => Promise.reject(new Error("no luck"))),
      /no luck/,
    );
    assert.equal(await withLock(file, () => Promise.resolve("in")), "in");
  });

  it("clears a lock of another machine that shows no sign of life", async () => {
    await writeFile(file, JSON.stringify({ pid: process.pid, host: "elsewhere", id: "x" }));
    const waited: string[] = [];
    const onWait = ({ host }: { host: string }) => void waited.push(host);
    await withLock(file, () => Promise.resolve(), { silenceMs: 100, onWait });
    assert.equal(waited[0], "elsewhere");
  });

  it("gives up in the end and names the file", async () => {
    await writeFile(file, JSON.stringify({ pid: process.pid, host: hostname(), id: "x" }));
    const waiting = withLock(file, () => Promise.resolve(), { patienceMs: 10 });
    await assert.rejects(waiting, { message: new RegExp(`still holds ${file}; delete it`) });
  });

  it("refuses a file that is no lock", async () => {
    await writeFile(file, "something else");
    await assert.rejects(
      withLock(file, () => Promise.resolve()),
      /is not a lock of rekey; delete it/,
    );
  });
});
