import assert from "node:assert/strict";
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, readdir, readFile, truncate, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { findEngine, type FindOptions } from "../../engine";
import { isAlive } from "../../engine/lock";
import { RekeyError } from "../../operator/errors";
import type { Progress } from "../../operator/output";
import { BUILT, FakeMachine, until } from "./fakes";

const VERSION = "3.256.0";

describe("findEngine", () => {
  let machine: FakeMachine;
  let notes: string[];
  let steps: string[];

  beforeEach(async () => {
    machine = await FakeMachine.create();
    notes = [];
    steps = [];
  });

  afterEach(() => machine.remove());

  const find = (options: FindOptions = {}) => {
    const progress: Progress = {
      step: (text, part) => void steps.push(part ? `${text} ${part.done}/${part.total}` : text),
      note: (text) => void notes.push(text),
      end: () => {},
    };
    const { env, cacheDir } = machine;
    // No request is ever sent to port 1: a download fails at once, and nothing leaves this machine.
    const download = { probe: "http://127.0.0.1:1/install.sh" };
    return findEngine({ progress, env, cacheDir, download, ...options });
  };

  const failure = async (options: FindOptions = {}): Promise<RekeyError> => {
    const error = await find(options).catch((thrown: unknown) => thrown);
    assert.ok(error instanceof RekeyError);
    return error;
  };

  describe("on PATH", () => {
    it("takes a CLI that is new enough, and nothing else is tried", async () => {
      const path = await machine.fakePulumi("3.226.0");
      await machine.fakeGo();
      const { command, ...engine } = await find();
      assert.deepEqual(engine, { version: "3.226.0", source: "path", path });
      assert.equal(command.command, path);
      assert.equal(command.version?.toString(), "3.226.0");
      assert.deepEqual(await machine.runs(), ["pulumi"]);
    });

    it("skips one that is too old for a newer one further along, and for a build", async () => {
      const old = await machine.fakePulumi("3.225.9");
      const newer = await machine.fakePulumi("3.300.1", { folder: join(machine.root, "newer") });
      const env = { ...machine.env, PATH: `${machine.bin}:${join(machine.root, "newer")}` };
      assert.equal((await find({ env })).path, newer);
      await machine.fakeGo();
      assert.equal((await find()).source, "build");
      assert.deepEqual(notes, [`not used: ${old} is 3.225.9, older than 3.226.0`]);
    });

    it("refuses another major version and a program that does not tell its version", async () => {
      await machine.fakePulumi("4.0.0");
      assert.match((await failure()).message, /is 4\.0\.0, and rekey is made for 3\.x/);
      await machine.fakePulumi(" what?");
      assert.match((await failure()).message, /does not tell its version/);
    });

    it("asks a program for its version once, a shim each time", async () => {
      await machine.fakePulumi("3.250.0", { padding: 1_000_000 });
      await find();
      assert.equal((await find()).version, "3.250.0");
      assert.equal((await machine.runs()).length, 1);
      await machine.fakePulumi("3.251.0", { padding: 1_000_001 });
      assert.equal((await find()).version, "3.251.0");
      await machine.fakePulumi("3.252.0");
      await find();
      await find();
      assert.equal((await machine.runs()).length, 4);
    });

    it("works where the cache cannot be written", async () => {
      await machine.fakePulumi("3.250.0", { padding: 1_000_000 });
      await writeFile(machine.cacheDir, "a file in the way");
      assert.equal((await find()).source, "path");
    });
  });

  describe("by download", () => {
    it("is preferred to a build, and kept as what it is", async () => {
      await machine.fakeGo();
      const install = async ({ version, root }: { version: string; root: string }) => {
        assert.equal(version, VERSION);
        await mkdir(join(root, "bin"), { recursive: true });
        await writeFile(join(root, "bin", "pulumi"), BUILT);
      };
      const download = { probe: "data:,reachable", install };
      const path = join(machine.cacheDir, VERSION, "bin", "pulumi");
      for (const options of [{ download }, {}]) {
        const { version, source, path: found } = await find(options);
        assert.deepEqual([version, source, found], [VERSION, "download", path]);
      }
      assert.deepEqual(await machine.runs(), []);
    });

    it("gives way to a build when the installer fails half-way, and leaves nothing behind", async () => {
      await machine.fakeGo();
      const install = async ({ root }: { root: string }) => {
        await writeFile(join(root, "bin", "pulumi"), "half");
        throw new Error("connection reset");
      };
      const engine = await find({ download: { probe: "data:,reachable", install } });
      assert.equal(engine.source, "build");
      assert.equal(await readFile(engine.path, "utf8"), BUILT);
      assert.deepEqual(await readdir(machine.cacheDir), [VERSION]);
    });

    it("does not wait for an installer that hangs", async () => {
      const install = () => new Promise<never>(() => {});
      const download = { probe: "data:,reachable", install, deadlineMs: 50 };
      const { message } = await failure({ download, ways: ["download"] });
      assert.match(message, /it took more than 0\.05 s/);
    });
  });

  describe("by a build", () => {
    it("builds once, tells how far it is, and finds the result again", async () => {
      await machine.fakeGo();
      const built = await find();
      const again = await find();
      assert.deepEqual([built.source, again.source], ["build", "build"]);
      assert.equal(again.path, join(machine.cacheDir, VERSION, "bin", "pulumi"));
      assert.equal((await machine.runs()).length, 1);
      assert.ok(steps.includes("compiling the Pulumi CLI, package 1/1"), steps.join("\n"));
    });

    it("does not trust a kept CLI that was cut short, or that others may write", async () => {
      await machine.fakeGo();
      const { path } = await find();
      await truncate(path, 3);
      await find();
      assert.equal(await readFile(path, "utf8"), BUILT);
      await chmod(join(machine.cacheDir, VERSION), 0o777);
      await find();
      assert.equal((await machine.runs()).length, 3);
      const folder = join(machine.cacheDir, VERSION);
      assert.deepEqual(notes, [
        `not used: ${folder} is not whole`,
        `not used: ${folder} can be written by other users`,
      ]);
    });

    it("passes on what stops it", async () => {
      const reasons: [Parameters<FakeMachine["fakeGo"]>[0], RegExp][] = [
        [{ version: "1.20.1" }, /is Go 1\.20\.1, older than 1\.2\d/],
        [{ version: "1.22.0" }, /is Go 1\.22\.0, older than 1\.2\d/],
        [
          { list: "echo 'go: dial tcp: no route to host' >&2; exit 1" },
          /modules are not to be had: go: dial tcp: no route to host/,
        ],
        [
          { build: "echo 'write /x: no space left on device' >&2; exit 1" },
          /`go build` failed: no space left on the disk/,
        ],
      ];
      for (const [fake, expected] of reasons) {
        await machine.fakeGo(fake);
        const error = await failure();
        assert.match(error.message, expected);
        assert.deepEqual(await readdir(machine.cacheDir), []);
      }
    });

    it("refuses before it starts when the cache is in the way", async () => {
      await machine.fakeGo();
      await writeFile(machine.cacheDir, "a file in the way");
      const error = await failure();
      assert.match(error.message, /Built with Go: EEXIST/);
      assert.match(error.fix ?? "", /XDG_CACHE_HOME/);
      assert.deepEqual(await machine.runs(), []);
    });
  });

  it("names the three ways when none is open", async () => {
    const error = await failure();
    assert.equal(error.code, "engine-not-found");
    assert.equal(error.exitCode, 1);
    assert.equal(
      error.message,
      "there is no Pulumi CLI to work with. On PATH: no `pulumi` there. " +
        "By download: 127.0.0.1:1 cannot be reached: bad port. Built with Go: no `go` on PATH.",
    );
    assert.match(
      error.fix ?? "",
      /install the Pulumi CLI .* let this machine reach .* install Go 1/,
    );
  });

  describe("without the room", () => {
    it("says that a disk is full, where, and how much is needed; exit code 2", async () => {
      await machine.fakeGo();
      const look = () => Promise.resolve({ bavail: 1_200, bsize: 1_000_000 });
      const { code, exitCode, message, fix } = await failure({ look });
      assert.deepEqual([code, exitCode], ["no-space", 2]);
      assert.match(message, /no room for the Pulumi CLI: 1\.2 GB free for .* needs \d\.\d GB/);
      assert.match(String(fix), /^free \d\.\d GB there.*rekey engine/);
      assert.ok(!(await machine.runs()).some((run) => run.includes("go build")));
    });
  });

  describe("with several processes", function () {
    // On a busy machine a process needs seconds to load the SDK.
    this.timeout(60_000);
    let children: ChildProcess[];

    beforeEach(() => {
      children = [];
    });

    afterEach(() => children.forEach((child) => child.kill("SIGKILL")));

    const start = (): ChildProcess => {
      const program = join(__dirname, "find-in-child.ts");
      const args = ["--require", "tsx/cjs", program, machine.cacheDir, machine.bin];
      const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
      children.push(child);
      return child;
    };

    it("builds once", async () => {
      await machine.fakeGo({ build: "sleep 0.5; write" });
      const child = start();
      let result = "";
      child.stdout?.on("data", (chunk) => (result += String(chunk)));
      const closed = once(child, "close");
      await until("the other process builds", async () => (await machine.runs()).length === 1);
      const [here, also] = await Promise.all([find(), find()]);
      await closed;
      const path = join(machine.cacheDir, VERSION, "bin", "pulumi");
      assert.equal(result, JSON.stringify({ path, source: "build" }));
      assert.deepEqual([here.path, also.path], [path, path]);
      assert.ok(steps.includes(`process ${child.pid} is getting the Pulumi CLI: waiting for it`));
      assert.equal((await machine.runs()).length, 1);
      assert.deepEqual(await readdir(machine.cacheDir), [VERSION]);
    });

    it("leaves nothing that passes for whole when it is killed, and the next one builds at once", async () => {
      const build = 'printf half > "$out"; while echo example.com/more >&2; do sleep 0.02; done';
      await machine.fakeGo({ build });
      const child = start();
      await until("the build runs", async () => (await machine.runs()).length === 1);
      const closed = once(child, "close");
      child.kill("SIGKILL");
      await closed;
      const left = await readdir(machine.cacheDir);
      assert.deepEqual(left.map((name) => name.replace(/-.*/, "")).sort(), [
        ".partial",
        `${VERSION}.lock`,
      ]);
      const go = Number((await machine.runs())[0]?.split(" ")[1]);
      await until("the orphaned build has ended by itself", () => !isAlive(go));
      await machine.fakeGo();
      assert.equal(await readFile((await find()).path, "utf8"), BUILT);
      assert.deepEqual(await readdir(machine.cacheDir), [VERSION]);
    });

    it("clears the lock of a process that is gone", async () => {
      await machine.fakeGo();
      const gone = spawn("true");
      await once(gone, "close");
      await mkdir(machine.cacheDir);
      const lock = { pid: gone.pid, host: hostname(), id: "gone" };
      await writeFile(join(machine.cacheDir, `${VERSION}.lock`), JSON.stringify(lock));
      assert.equal((await find()).source, "build");
      assert.deepEqual(await readdir(machine.cacheDir), [VERSION]);
    });
  });

  it("builds the real CLI from engine/go.mod", async function () {
    if (process.env.REKEY_MATRIX !== "full") return this.skip();
    this.timeout(30 * 60_000);
    const env = process.env;
    const { path, version } = await find({ env, ways: ["build"] });
    const { stdout } = await promisify(execFile)(path, ["version"]);
    assert.equal(stdout, `v${version}\n`);
  });
});
