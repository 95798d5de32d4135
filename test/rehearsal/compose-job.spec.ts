import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readFile, rm, stat, writeFile } from "node:fs/promises";
import * as pulumi from "@pulumi/pulumi";
import { ComposeHost, ComposeJob } from "../../components";
import { NOTE } from "../../components/notes";
import { until } from "../../rehearsal/processes";
import { ENGINE_MS } from "../support/rehearsal";
import {
  JOB,
  jobWaits,
  killEngine,
  runsOf,
  runWith,
  type TestHost,
  testHost,
} from "./clouds/host/fixture";
import { TestProject } from "./providers/project";

/** One activation: the key of the env file, and the generation that the job runs for. */
interface Given {
  readonly generation: number;
  readonly value: string;
}

describe("a job of a compose host, on the real engine over real SSH", function () {
  this.timeout(ENGINE_MS);
  const canary = (mark: string) => `${mark}-canary-${randomBytes(12).toString("hex")}`;
  const first = { generation: 1, value: canary("one") };
  const second = { generation: 2, value: canary("two") };
  const third = { generation: 4, value: canary("four") };
  let project: TestProject;
  let on: TestHost;

  before(async () => {
    project = await TestProject.create();
    on = await testHost();
  });
  beforeEach(() => rm(on.runsFile, { force: true }));
  after(async () => {
    await on?.remove();
    await project?.remove();
  });

  const program =
    ({ generation, value }: Given, readyMs = 0) =>
    () => {
      const { host, envFile, composeFile } = on;
      const { address, port, user, hostKey } = host;
      const privateKey = pulumi.secret(host.privateKey.reveal());
      const remote = {
        environment: "prod",
        connection: { host: address, port, user, privateKey, hostKey },
        ...{ envFile, composeFile },
      };
      const app = new ComposeHost("panel", {
        ...remote,
        services: ["app-1"],
        env: { START_DELAY_MS: String(readyMs) },
        secretEnv: [{ name: "SECRET_KEY", value: pulumi.secret(value) }],
        generations: { SECRET_KEY: generation },
        waitSeconds: 2,
      });
      const job = { ...remote, service: JOB, runToken: `g${generation}` };
      new ComposeJob("panel-seed", job, { dependsOn: app });
      return Promise.resolve();
    };
  const up = async (given: Given) => (await project.up(program(given))).steps;
  const fails = (given: Given, readyMs?: number): Promise<string> =>
    project.up(program(given, readyMs)).then(
      () => assert.fail("it passed"),
      (reason: unknown) => String(reason),
    );
  const seed = (op: string) => `${op} command:remote:Command panel-seed-run`;

  it("does not run while the application is not healthy with the new values", async () => {
    const error = await fails(first, 60_000);
    assert.match(error, /rekey: app-1 is not healthy/);
    assert.deepEqual(await runsOf(on), []);
  });

  it("runs once at its creation, with the new env file; a second update runs nothing", async () => {
    assert.ok((await up(first)).includes(seed("create")));
    assert.deepEqual(await runsOf(on), runWith(first.value));
    assert.deepEqual(await up(first), []);
    assert.deepEqual(await runsOf(on), runWith(first.value));
  });

  it("previews a new token as a change in place, and runs again with it", async () => {
    const plan = await project.preview(program(second));
    assert.ok(plan.steps.includes(seed("update")));
    assert.ok(plan.differences.includes("panel-seed-run create update"));
    assert.doesNotMatch(JSON.stringify(plan), /canary/);
    assert.deepEqual(await runsOf(on), []);
    assert.ok((await up(second)).includes(seed("update")));
    assert.deepEqual(await runsOf(on), runWith(second.value));
  });

  it("fails the update with a job that fails, naming it, and runs it again with the next one", async () => {
    await writeFile(on.failFile, "");
    const given = { ...second, generation: 3 };
    const error = await fails(given);
    assert.match(error, /rekey: the job seed-admin failed with status 3\. See the end of .*\.log on the host/); // prettier-ignore
    assert.doesNotMatch(error, /canary/);
    await rm(on.failFile);
    await rm(on.runsFile);
    assert.deepEqual(await up(given), [seed("update")]);
    assert.deepEqual(await runsOf(on), runWith(second.value));
    assert.deepEqual(await up(given), []);
  });

  it("runs again after a kill of the engine, once the run that went on has ended", async () => {
    await writeFile(on.gateFile, "");
    const killed = fails(third);
    await until("the job runs", async () => (await runsOf(on)).length === 1, 60_000);
    await killEngine();
    await killed;
    await project.cancel();
    const next = up(third);
    await until("the next run waits for the first", () => jobWaits(on), 60_000);
    assert.equal((await runsOf(on)).length, 1);
    await rm(on.gateFile);
    assert.deepEqual(await next, [seed("update")]);
    assert.deepEqual(await runsOf(on), [...runWith(third.value), ...runWith(third.value)]);
    assert.deepEqual(await up(third), []);
  });

  it("left what the jobs wrote in the log of the host, for its owner alone, and nothing in the state", async () => {
    const log = `${on.envFile}.log`;
    assert.equal((await stat(log)).mode & 0o777, 0o600);
    assert.match(await readFile(log, "utf8"), /seeding with four-canary/);
    assert.doesNotMatch(await project.state(), /canary/);
  });

  it("tells the counts that a job printed last, and nothing else of what it printed", async () => {
    const { messages } = await project.up(program({ generation: 5, value: `counted-${canary("five")}` })); // prettier-ignore
    const notes = messages.filter((message) => message.startsWith(NOTE));
    assert.deepEqual(notes, [`${NOTE}job ${JOB}: done=2 failed=0`]);
    assert.doesNotMatch(messages.join("\n"), /canary/);
  });
});
