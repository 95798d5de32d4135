import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import * as pulumi from "@pulumi/pulumi";
import { ComposeHost } from "../../components";
import { readEnvFile } from "../../rehearsal/clouds/host/env-file";
import { until } from "../../rehearsal/processes";
import { startTraffic } from "../../rehearsal/traffic";
import { ENGINE_MS } from "../support/rehearsal";
import {
  bothWith,
  commandLines,
  instances,
  killEngine,
  type TestHost,
  testHost,
} from "./clouds/host/fixture";
import { TestProject } from "./providers/project";

/** What one generation's file holds beside the secret. */
interface Given {
  readonly generation: number;
  readonly value: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly waitSeconds?: number;
  readonly hostKey?: string;
}

describe("a compose host, on the real engine over real SSH", function () {
  this.timeout(ENGINE_MS);
  // Each begins with letters that nothing else has, so that a part of one would be found too.
  const values = ["one", "two", "three", "four", "five"].map(
    (name) => `canary-${name}-${randomBytes(12).toString("hex")}`,
  );
  const [first = "", second = "", third = "", fourth = "", fifth = ""] = values;
  const bad = `bad-canary-${randomBytes(12).toString("hex")}`;
  let project: TestProject;
  let on: TestHost;
  let argv: { stop(): Promise<void> };

  before(async () => {
    project = await TestProject.create();
    on = await testHost();
    argv = watchArguments();
  });
  after(async () => {
    await on?.remove();
    await project?.remove();
  });

  const program = (given: Given) => () => {
    const { host, envFile, composeFile } = on;
    new ComposeHost("panel", {
      environment: "prod",
      connection: {
        host: host.address,
        port: host.port,
        user: host.user,
        privateKey: pulumi.secret(host.privateKey.reveal()),
        hostKey: given.hostKey ?? host.hostKey,
      },
      envFile,
      composeFile,
      services: ["app-1", "app-2"],
      env: given.env ?? {},
      secretEnv: [{ name: "SECRET_KEY", value: pulumi.secret(given.value) }],
      generations: { SECRET_KEY: given.generation },
      waitSeconds: given.waitSeconds ?? 30,
    });
    return Promise.resolve();
  };
  const fails = (given: Given): Promise<string> =>
    project.up(program(given)).then(
      () => assert.fail("it passed"),
      (reason: unknown) => String(reason),
    );

  it("creates the file for its owner alone and starts the services; a second update plans nothing", async () => {
    const given = { generation: 1, value: first };
    const told = await project.up(program(given));
    assert.deepEqual(told.steps, [
      "create command:remote:Command panel-apply",
      "create rekey:index:ComposeHost panel",
    ]);
    assert.equal((await stat(on.envFile)).mode & 0o777, 0o600);
    assert.deepEqual(await readEnvFile(on.envFile), { SECRET_KEY: first });
    assert.deepEqual(await instances(on.url), bothWith(first));
    assert.deepEqual((await project.up(program(given))).steps, []);
  });

  it("previews a rotation as a change in place, with the generation in clear and the value in none", async () => {
    const plan = await project.preview(program({ generation: 2, value: second }));
    assert.deepEqual(plan.steps, ["update command:remote:Command panel-apply"]);
    assert.deepEqual(plan.differences, ["panel-apply create update", "panel-apply stdin update"]);
    assert.doesNotMatch(JSON.stringify(plan), /canary/);
  });

  it("rotates without a failed request at 50 a second, one service after another", async () => {
    const load = await startTraffic({
      requests: [{ kind: "page", url: on.url }],
      rate: 50,
      logIn: () => Promise.resolve({}),
    });
    const told = await project.up(program({ generation: 2, value: second }));
    const { sent, failed, failures } = await load.stop();
    assert.deepEqual({ failed, failures }, { failed: 0, failures: [] });
    assert.ok(sent > 50, `only ${sent} requests were sent`);
    assert.deepEqual(told.messages, []);
    assert.deepEqual(await instances(on.url), bothWith(second));
    assert.deepEqual(await readEnvFile(`${on.envFile}.previous`), { SECRET_KEY: first });
  });

  it("goes back to the previous file when a value breaks the application, which serves on, and fails", async () => {
    const load = await startTraffic({
      requests: [{ kind: "page", url: on.url }],
      rate: 50,
      logIn: () => Promise.resolve({}),
    });
    const error = await fails({ generation: 3, value: bad, waitSeconds: 1 });
    const { failed, failures } = await load.stop();
    assert.deepEqual({ failed, failures }, { failed: 0, failures: [] });
    assert.match(error, /rekey: app-1 was not healthy.*The previous file is back/);
    assert.doesNotMatch(error, /canary/);
    assert.deepEqual(await readEnvFile(on.envFile), { SECRET_KEY: second });
    assert.deepEqual(await instances(on.url), bothWith(second));
    const mended = await project.up(program({ generation: 4, value: third }));
    assert.deepEqual(mended.steps, ["update command:remote:Command panel-apply"]);
    assert.deepEqual(await instances(on.url), bothWith(third));
  });

  it("converges with the next update when the engine was killed between the write and the restart", async () => {
    const given = { generation: 5, value: fourth, env: { START_DELAY_MS: "1500" } };
    const killed = fails(given);
    await until(
      "the new file is in place",
      async () => (await readEnvFile(on.envFile))["SECRET_KEY"] === fourth,
      60_000,
    );
    await killEngine();
    await killed;
    await project.cancel();
    await project.up(program(given));
    assert.deepEqual(await instances(on.url), bothWith(fourth));
    assert.deepEqual(await readEnvFile(`${on.envFile}.previous`), { SECRET_KEY: third });
    assert.deepEqual((await project.up(program(given))).steps, []);
  });

  it("refuses a host with another key than the pinned one, and hands it nothing", async () => {
    const hostKey =
      "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIH8aSTNbDw2mkM9an38yqiy95WWH4mPF6tsCfMqWeI1e";
    const error = await fails({ generation: 6, value: fifth, hostKey });
    assert.match(error, /host.*verif/i);
    assert.deepEqual((await readEnvFile(on.envFile))["SECRET_KEY"], fourth);
  });

  it("fails for a value that compose cannot read back, naming its variable alone", async () => {
    const error = await fails({ generation: 6, value: `${fifth}\\` });
    assert.match(error, /env file variable SECRET_KEY/);
    assert.doesNotMatch(error, /canary/);
  });

  it("left no value in the state, in docker's output or in any process's arguments", async () => {
    await argv.stop();
    const texts = [await project.state(), await readFile(`${on.envFile}.log`, "utf8")];
    const key = on.host.privateKey.reveal().split("\n")[1] ?? "";
    for (const text of texts) assert.ok(!text.includes("canary") && !text.includes(key));
  });
});

/** Looks at every process of this machine again and again; `stop` fails when one had a value in its arguments. */
function watchArguments(): { stop(): Promise<void> } {
  let ended = false;
  const found = new Set<string>();
  const watching = (async () => {
    while (!ended) {
      for (const [pid, line] of await commandLines())
        if (/canary-(one|two|three|four|five)-[0-9a-f]/.test(line)) found.add(`process ${pid}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  })();
  return {
    stop: async () => {
      ended = true;
      await watching;
      assert.deepEqual([...found], []);
    },
  };
}
