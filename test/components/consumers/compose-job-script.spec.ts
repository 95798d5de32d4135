import assert from "node:assert/strict";
import { chmod, readFile, rm, stat, writeFile } from "node:fs/promises";
import { composeJobScript } from "../../../components/consumers/compose-job-script";
import { until } from "../../../rehearsal/processes";
import {
  commandLines,
  JOB,
  jobWaits,
  runsOf,
  runWith,
  ssh,
  type TestHost,
  testHost,
} from "../../rehearsal/clouds/host/fixture";

describe("components/consumers/compose-job-script, on a host", function () {
  this.timeout(60_000);
  let on: TestHost;
  beforeEach(async () => (on = await testHost()));
  afterEach(() => on.remove());

  const key = (value: string) => writeFile(on.envFile, `SECRET_KEY='${value}'\n`, { mode: 0o600 });
  const log = () => readFile(`${on.envFile}.log`, "utf8");
  const run = (timeoutSeconds = 30) => {
    const { envFile, composeFile } = on;
    return ssh(on, composeJobScript({ envFile, composeFile, service: JOB, runToken: "g2", timeoutSeconds })); // prettier-ignore
  };
  const under = (what: string) => until(what, async () => (await runsOf(on)).length === 1, 10_000);

  it("runs the job once, says nothing, and adds its output to a log for its owner alone", async () => {
    await key("canary");
    await writeFile(`${on.envFile}.log`, "from before\n");
    await chmod(`${on.envFile}.log`, 0o644);
    assert.deepEqual(await run(), { code: 0, out: "", err: "" });
    assert.deepEqual(await runsOf(on), runWith("canary"));
    assert.equal(
      await log(),
      `from before\nrekey: job ${JOB}, run g2\nseeding with canary\nstill seeding with canary\n`,
    );
    assert.equal((await stat(`${on.envFile}.log`)).mode & 0o777, 0o600);
  });

  it("fails with a job that fails: names it, its status and its log, and no value", async () => {
    await key("canary");
    await writeFile(on.failFile, "");
    const { code, out, err } = await run();
    assert.deepEqual([code, out], [1, ""]);
    assert.match(err, /^rekey: the job seed-admin failed with status 3\. See the end of .*\.env\.log on the host/); // prettier-ignore
    assert.match(err, /run "rekey up" again/);
    assert.doesNotMatch(err, /canary/);
    assert.match(await log(), /seeding with canary/);
  });

  it("hands on the last line of progress that this run printed for the job, and no other", async () => {
    await key("counted-canary");
    assert.deepEqual(await run(), {
      code: 0,
      out: "rekey-progress seed-admin done=2 failed=0\n",
      err: "",
    });
    await writeFile(on.failFile, "");
    assert.equal((await run()).out, "rekey-progress seed-admin done=2 failed=0\n");
    await rm(on.failFile);
    await key("canary");
    assert.equal((await run()).out, "");
  });

  it("stops a job that takes too long, and says so", async () => {
    await key("x");
    await writeFile(on.gateFile, "");
    const { code, err } = await run(2);
    assert.equal(code, 1);
    assert.match(err, /seed-admin did not end within 2 seconds and was told to stop.*timeoutSeconds/); // prettier-ignore
    await until("the job was stopped", async () => (await runsOf(on))[1] === "stopped", 10_000);
  });

  it("does not run without an env file, and says what is missing", async () => {
    const { code, err } = await run();
    assert.equal(code, 1);
    assert.match(err, /seed-admin did not run: there is no .*\.env on the host.*ComposeHost/);
    assert.deepEqual(await runsOf(on), []);
  });

  it("waits for another run to end", async () => {
    await key("one");
    await writeFile(on.gateFile, "");
    const first = run();
    await under("the first run is under way");
    await key("two");
    const second = run();
    await until("the second run waits", () => jobWaits(on), 10_000);
    assert.deepEqual(await runsOf(on), runWith("one").slice(0, 1));
    await rm(on.gateFile);
    assert.deepEqual([(await first).code, (await second).code], [0, 0]);
    assert.deepEqual(await runsOf(on), [...runWith("one"), ...runWith("two")]);
  });

  it("keeps the lock while the job of a killed script goes on", async () => {
    await key("one");
    await writeFile(on.gateFile, "");
    const killed = run();
    await under("the first run is under way");
    const shells = [...(await commandLines())].filter(([, line]) =>
      line.includes(`file='${on.envFile}'`),
    );
    for (const [pid] of shells) process.kill(pid, "SIGKILL");
    const next = run();
    await until("the next run waits", () => jobWaits(on), 10_000);
    await rm(on.gateFile);
    assert.equal((await next).code, 0);
    await killed;
    assert.deepEqual(await runsOf(on), [...runWith("one"), ...runWith("one")]);
  });
});
