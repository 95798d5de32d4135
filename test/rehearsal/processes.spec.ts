import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { launch, until, type Child } from "../../rehearsal/processes";

const ROOT = resolve(__dirname, "../..");
const env = { PATH: process.env["PATH"] ?? "" };

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
    throw error;
  }
  // An ended process that its new parent has not collected yet answers to signals still.
  if (process.platform !== "linux") return true;
  return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
}

describe("rehearsal/processes", () => {
  let dir: string;
  before(() => void (dir = mkdtempSync(join(tmpdir(), "rekey-test-"))));
  after(() => rmSync(dir, { recursive: true, force: true }));

  const script = (name: string, text: string) => {
    const path = join(dir, name);
    writeFileSync(path, text);
    return path;
  };

  const leashed = () =>
    script(
      "leashed.cjs",
      `require(${JSON.stringify(require.resolve("tsx/cjs"))});
       const { holdLeash } = require(${JSON.stringify(join(ROOT, "rehearsal/leash.ts"))});
       const leash = holdLeash();
       leash.firstLine.then((line) => console.log("got " + line.length), () => undefined);
       process.on("SIGTERM", () => process.exit(0));
       setInterval(() => undefined, 1000);`,
    );

  const parent = (child: string) =>
    script(
      "parent.cjs",
      `require(${JSON.stringify(require.resolve("tsx/cjs"))});
       const { launch } = require(${JSON.stringify(join(ROOT, "rehearsal/processes.ts"))});
       const env = { PATH: process.env.PATH };
       (async () => {
         const own = await launch({ name: "own", command: process.execPath, args: [${JSON.stringify(child)}],
           env, leash: "own", input: "hello\\n", announces: true });
         const other = await launch({ name: "other", command: "sleep", args: ["600"], env, leash: "wrapped" });
         await own.announced(15_000);
         if (process.argv[2] === "keep") { own.keep(); other.keep(); }
         console.log(own.pid + " " + other.pid);
         setInterval(() => undefined, 1000);
       })();`,
    );

  const startParent = async (...args: string[]) => {
    const child = spawn(process.execPath, [parent(leashed()), ...args], {
      env,
      stdio: ["ignore", "pipe", "inherit"],
    });
    const line = await new Promise<string>((done) =>
      child.stdout.once("data", (data: Buffer) => done(data.toString())),
    );
    const pids = line.trim().split(" ").map(Number);
    assert.equal(pids.length, 2);
    assert.ok(pids.every(alive));
    const ended = new Promise((done) => child.once("exit", done));
    child.kill("SIGKILL");
    await ended;
    return pids;
  };

  it("ends both kinds of children when their parent is killed", async () => {
    const pids = await startParent();
    await until("the children are gone", () => !pids.some(alive), 15_000);
  });

  it("leaves alive what was told to keep", async () => {
    const pids = await startParent("keep");
    try {
      await new Promise((done) => setTimeout(done, 300));
      assert.deepEqual(pids.map(alive), [true, true]);
    } finally {
      pids.forEach((pid) => process.kill(pid, "SIGKILL"));
    }
  });

  const shell = (text: string, more: Partial<Parameters<typeof launch>[0]> = {}): Promise<Child> =>
    launch({
      name: "a script",
      command: "sh",
      args: ["-c", text],
      env,
      leash: "wrapped",
      ...more,
    });

  it("says how a child ended that never became ready, with its output", async () => {
    const child = await shell("echo the reason >&2; exit 3");
    await assert.rejects(
      child.ready(() => false, 5000),
      /a script ended before it was ready \(exit code 3\): the reason/,
    );
    assert.deepEqual(await child.exit, { code: 3, signal: null });
    assert.equal(child.running, false);
  });

  it("gives up at the deadline, naming the last error", async () => {
    const child = await shell("exec sleep 60");
    await assert.rejects(
      child.ready(() => Promise.reject(new Error("refused")), 60),
      /a script is not ready: not within 60 ms: refused/,
    );
    await child.kill();
  });

  it("asks for an orderly end first and kills what does not obey", async () => {
    const obeys = await shell("trap 'exit 0' TERM; echo up; while :; do sleep 0.01; done", {
      announces: true,
    });
    await obeys.announced(15_000);
    assert.deepEqual(await obeys.stop(), { code: 0, signal: null });
    const stubborn = await shell("trap '' TERM; echo up; while :; do sleep 0.01; done", {
      announces: true,
    });
    await stubborn.announced(15_000);
    assert.deepEqual(await stubborn.stop(50), { code: null, signal: "SIGKILL" });
    assert.deepEqual(await stubborn.stop(), { code: null, signal: "SIGKILL" });
  });

  it("hands arguments over as they are and inherits no environment", async () => {
    const child = await launch({
      name: "printf",
      command: "printf",
      args: ["%s|", "$(id)", "; rm x", "a b"],
      env,
      leash: "wrapped",
    });
    await child.exit;
    assert.equal(child.tail(), "$(id)|; rm x|a b|");
    const environment = await launch({ name: "env", command: "env", env, leash: "wrapped" });
    await environment.exit;
    assert.ok(!environment.tail().includes("HOME="));
  });

  it("appends output to a private log file", async () => {
    const logFile = join(dir, "child.log");
    await (
      await shell("echo one; echo two >&2", { logFile })
    ).exit;
    await (
      await shell("echo three", { logFile })
    ).exit;
    assert.equal(readFileSync(logFile, "utf8"), "one\ntwo\nthree\n");
  });

  it("fails at once when the executable is missing", async () => {
    await assert.rejects(
      launch({ name: "ghost", command: "/nonexistent/ghost", env, leash: "own" }),
      /ghost cannot be started/,
    );
    const wrapped = await launch({
      name: "ghost",
      command: "/nonexistent/ghost",
      env,
      leash: "wrapped",
    });
    await assert.rejects(
      wrapped.ready(() => false, 5000),
      /exit code 127/,
    );
  });
});
