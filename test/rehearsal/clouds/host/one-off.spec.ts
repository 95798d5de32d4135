import assert from "node:assert/strict";
import { access, rm, writeFile } from "node:fs/promises";
import { until } from "../../../../rehearsal/processes";
import {
  commandLines,
  instances,
  JOB,
  runsOf,
  runWith,
  SERVICES,
  ssh,
  type TestHost,
  testHost,
} from "./fixture";

describe("rehearsal/clouds/host, one-off runs", function () {
  this.timeout(60_000);
  let on: TestHost;
  before(async () => (on = await testHost()));
  beforeEach(() => rm(on.runsFile, { force: true }));
  after(() => on.remove());

  const compose = (rest: string) => ssh(on, `docker compose -f '${on.composeFile}' ${rest}`);
  const run = () => compose(`run --rm --no-deps -T ${JOB}`);
  const key = (value: string) => writeFile(on.envFile, `SECRET_KEY=${value}\n`);

  it("runs a job to its end with the env file as it is now, and passes on both outputs", async () => {
    for (const value of ["one", "two"]) {
      await key(value);
      assert.deepEqual(await run(), {
        code: 0,
        out: `seeding with ${value}\n`,
        err: `still seeding with ${value}\n`,
      });
    }
    assert.deepEqual(await runsOf(on), [...runWith("one"), ...runWith("two")]);
    await access(`${on.host.root}/log/${JOB}-run-1.stdout`);
  });

  it("passes on the exit code of a job that fails", async () => {
    await key("x");
    await writeFile(on.failFile, "");
    assert.equal((await run()).code, 3);
    await rm(on.failFile);
  });

  it("starts no service of a profile with `up` alone, needs no env file for it, and knows it by its name", async () => {
    await key("x");
    assert.equal((await compose("up -d --wait")).code, 0);
    assert.equal(
      (await compose("ps --services")).out,
      SERVICES.map((name) => `${name}\n`).join(""),
    );
    assert.deepEqual(await runsOf(on), []);
    const file = `${on.host.root}/other.json`;
    const other = { image: "x", profiles: ["jobs"], env_file: "none.env" };
    await writeFile(file, JSON.stringify({ services: { other } }));
    assert.equal((await ssh(on, `docker compose -f '${file}' up -d`)).code, 0);
    assert.match((await ssh(on, `docker compose -f '${file}' up -d other`)).err, /none\.env/);
  });

  it("refuses a run that would want a terminal, leave a container, or do something else", async () => {
    await key("x");
    for (const rest of [`--rm ${JOB}`, `-T ${JOB}`, `--rm -T ${JOB} sh`, "--rm -T"]) {
      const { code, err } = await compose(`run ${rest}`);
      assert.deepEqual([code, /needs `run --rm -T <service>`/.test(err)], [1, true], rest);
    }
    assert.match((await compose("run --rm -T nothing")).err, /no such service: nothing/);
    assert.deepEqual(await runsOf(on), []);
  });

  it("lets other commands through while a job runs", async () => {
    await key("x");
    await writeFile(on.gateFile, "");
    const running = run();
    await until("the job runs", async () => (await runsOf(on)).length === 1, 10_000);
    assert.equal((await compose("up -d --wait")).code, 0);
    assert.equal((await instances(on.url)).length, 2);
    await rm(on.gateFile);
    assert.equal((await running).code, 0);
  });

  it("asks a job to end whose caller is killed", async () => {
    await key("x");
    await writeFile(on.gateFile, "");
    const killed = run();
    await until("the job runs", async () => (await runsOf(on)).length === 1, 10_000);
    const callers = [...(await commandLines())].filter(
      ([, line]) => line.includes("docker.cjs") && line.includes(on.composeFile),
    );
    assert.equal(callers.length, 1);
    process.kill(callers[0]?.[0] as number, "SIGKILL");
    assert.notEqual((await killed).code, 0);
    await until("the job was stopped", async () => (await runsOf(on))[1] === "stopped", 10_000);
    await rm(on.gateFile);
  });
});
