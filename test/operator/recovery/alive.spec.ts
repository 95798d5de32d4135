import assert from "node:assert/strict";
import { ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { hostname } from "node:os";
import { alive, startedBefore } from "../../../operator/recovery/alive";
import { isStale } from "../../../operator/recovery/lock";
import { RUN, endOrphans } from "../../../operator/recovery/processes";
import { until } from "../../../rehearsal/processes";

const NOBODY = 2 ** 22 + 1;

describe("processes of a killed update", () => {
  const started: ChildProcess[] = [];

  afterEach(async () => {
    for (const child of started.splice(0)) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
    }
  });

  /** Runs a shell; resolves with the first line that it writes. */
  async function shell(script: string, env: Record<string, string> = {}): Promise<string> {
    const child = spawn("sh", ["-c", script], {
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "inherit"],
    });
    started.push(child);
    const [text] = (await once(child.stdout, "data")) as [Buffer];
    return text.toString().trim();
  }

  it("are alive while they run", () => {
    assert.equal(alive(process.pid), true);
    assert.equal(alive(NOBODY), false);
  });

  it("are dead once they ended, although nobody waited for them", async () => {
    const pid = Number(await shell("sleep 0 & echo $!; exec sleep 60"));
    await until("the zombie is known for dead", () => Promise.resolve(!alive(pid)), 5_000);
    assert.doesNotThrow(() => process.kill(pid, 0), "it was waited for: no zombie to look at");
  });

  it("hold a lock only if they were there when it was taken", () => {
    const lock = { hostname: hostname(), pid: process.pid, username: "example" };
    const at = (time: number) => ({ ...lock, timestamp: new Date(time).toISOString() });
    assert.equal(startedBefore(process.pid, Date.now()), true);
    assert.equal(isStale(at(Date.now())), false);
    assert.equal(isStale(at(Date.now() - 365 * 86_400_000)), true);
    assert.equal(isStale({ ...at(0), hostname: "elsewhere.example.com" }), false);
    assert.equal(isStale({ ...at(Date.now()), pid: NOBODY }), true);
  });

  /** A process of the run that the mark names; it is there whole, and no longer a shell about to become it. */
  async function sleeper(mark: string): Promise<number> {
    const pid = Number(await shell("echo $$; exec sleep 60", { [RUN]: mark }));
    const of = (file: string) => readFile(`/proc/${pid}/${file}`, "utf8");
    await until(
      "it sleeps",
      async () => (await of("comm")).trim() === "sleep" && (await of("environ")).includes(mark),
      5_000,
    );
    return pid;
  }

  it("are gone when recovery goes on, also those that would not end by themselves", async () => {
    const mark = `test-${process.pid}`;
    const pid = await sleeper(`${mark}#${NOBODY}`);
    assert.equal(await endOrphans(mark, 100), 1);
    assert.equal(alive(pid), false);
  });

  it("are left alone while their operator lives", async () => {
    const mark = `test-${process.pid}`;
    const pid = await sleeper(`${mark}#1`);
    assert.equal(await endOrphans(mark, 100), 0);
    assert.equal(alive(pid), true);
  });
});
