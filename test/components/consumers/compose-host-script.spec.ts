import assert from "node:assert/strict";
import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { composeEnvFile } from "../../../components/consumers/compose-host-env";
import { composeHostScript } from "../../../components/consumers/compose-host-script";
import { readEnvFile } from "../../../rehearsal/clouds/host/env-file";
import { until } from "../../../rehearsal/processes";
import {
  bothWith,
  commandLines,
  instances,
  SERVICES,
  ssh,
  type Ran,
  type TestHost,
  testHost,
} from "../../rehearsal/clouds/host/fixture";

describe("components/consumers/compose-host-script, on a host", function () {
  this.timeout(60_000);
  let on: TestHost;
  beforeEach(async () => (on = await testHost()));
  afterEach(() => on.remove());

  const script = (waitSeconds: number, takeOverEnvFile = false) =>
    composeHostScript({
      takeOverEnvFile,
      notes: ["a note\nof two lines"],
      envFile: on.envFile,
      composeFile: on.composeFile,
      services: SERVICES,
      waitSeconds,
    });
  const apply = (variables: Record<string, string>, waitSeconds = 20): Promise<Ran> =>
    ssh(on, script(waitSeconds), composeEnvFile(Object.entries(variables)));
  const key = async (suffix = "") => (await readEnvFile(`${on.envFile}${suffix}`))["SECRET_KEY"];
  const files = async () => {
    const { pathname } = new URL(".", `file://${on.envFile}`);
    return (await readdir(pathname)).filter((name) => name.startsWith(".env"));
  };

  it("writes the file for its owner alone, starts the services and says nothing", async () => {
    assert.deepEqual(await apply({ SECRET_KEY: "first", LOG: "a b" }), {
      code: 0,
      out: "",
      err: "",
    });
    assert.equal(await readFile(on.envFile, "utf8"), "SECRET_KEY='first'\nLOG='a b'\n# end\n");
    assert.equal((await stat(on.envFile)).mode & 0o777, 0o600);
    assert.deepEqual(await instances(on.url), bothWith("first"));
    assert.deepEqual(await files(), [".env", ".env.lock", ".env.log"]);
  });

  it("keeps the file before for its owner alone, and keeps it when nothing changes", async () => {
    await apply({ SECRET_KEY: "first" });
    await apply({ SECRET_KEY: "second" });
    await apply({ SECRET_KEY: "second" });
    assert.equal(await key(".previous"), "first");
    assert.equal((await stat(`${on.envFile}.previous`)).mode & 0o777, 0o600);
    assert.deepEqual(await instances(on.url), bothWith("second"));
  });

  it("leaves a file alone that it did not write, whose values would be lost, and says what to do", async () => {
    const theirs = "ENCRYPTION_KEY=theirs\n";
    await writeFile(on.envFile, theirs, { mode: 0o644 });
    const { code, err } = await apply({ SECRET_KEY: "ours" });
    assert.equal(code, 1);
    assert.match(err, /was not written by rekey.*nothing was changed.*takeOverEnvFile/);
    assert.doesNotMatch(err, /theirs/);
    assert.equal(await readFile(on.envFile, "utf8"), theirs);
    assert.deepEqual(await files(), [".env", ".env.lock"]);
  });

  it("takes over a file that it did not write where it is told to, and keeps that one for good", async () => {
    await writeFile(on.envFile, "SECRET_KEY=theirs\n", { mode: 0o644 });
    const take = (value: string) =>
      ssh(on, script(20, true), composeEnvFile([["SECRET_KEY", value]]));
    for (const value of ["one", "two", "three"]) assert.equal((await take(value)).code, 0);
    assert.equal(await key(".before-rekey"), "theirs");
    assert.equal((await stat(`${on.envFile}.before-rekey`)).mode & 0o777, 0o600);
    assert.equal(await key(), "three");
  });

  it("leaves services alone whose settings did not change", async () => {
    await apply({ SECRET_KEY: "same" });
    const before = await readdir(`${on.host.root}/log`);
    await apply({ SECRET_KEY: "same" });
    assert.deepEqual(await readdir(`${on.host.root}/log`), before);
  });

  it("brings the previous file and its services back when one is not healthy, and fails without a value in its words", async () => {
    await apply({ SECRET_KEY: "good" });
    const { code, out, err } = await apply({ SECRET_KEY: "bad-canary" }, 1);
    assert.equal(code, 1);
    assert.match(
      err,
      /^rekey: app-1 was not healthy with the new .*\.env\. The previous file is back/,
    );
    assert.match(err, /rekey rollback.*run "rekey up" again\n$/s);
    assert.doesNotMatch(`${out}${err}${await readFile(`${on.envFile}.log`, "utf8")}`, /canary/);
    assert.equal(await key(), "good");
    assert.deepEqual(await instances(on.url), bothWith("good"));
    assert.ok(!(await files()).includes(".env.unverified"));
  });

  it("says so when there is no file to go back to, and takes the next one", async () => {
    const { code, err } = await apply({ SECRET_KEY: "bad" }, 1);
    assert.equal(code, 1);
    assert.match(err, /there is no earlier .*\.env to go back to/);
    assert.equal((await apply({ SECRET_KEY: "good" })).code, 0);
    assert.ok(!(await files()).includes(".env.previous"), "a file that never worked is not kept");
  });

  it("changes nothing when the file breaks off on its way", async () => {
    await apply({ SECRET_KEY: "whole" });
    const broken = composeEnvFile([["SECRET_KEY", "cut"]]).replace("# end\n", "");
    const { code, err } = await ssh(on, script(20), broken);
    assert.equal(code, 1);
    assert.match(err, /broke off on its way; nothing was changed/);
    assert.equal(await key(), "whole");
    assert.ok(!(await files()).includes(".env.next"));
  });

  it("converges after a kill between the write and the restart, and still goes back to the last file that worked", async () => {
    await apply({ SECRET_KEY: "worked" });
    const killed = apply({ SECRET_KEY: "never-seen", START_DELAY_MS: "30000" }, 40);
    await until("the new file is in place", async () => (await key()) === "never-seen", 10_000);
    await killSession(on.envFile);
    assert.equal((await killed).code, null);
    assert.ok((await files()).includes(".env.unverified"));

    assert.equal((await apply({ SECRET_KEY: "bad-too" }, 1)).code, 1);
    assert.equal(await key(), "worked");
    assert.deepEqual(await instances(on.url), bothWith("worked"));
    assert.equal((await apply({ SECRET_KEY: "next" })).code, 0);
    assert.deepEqual(await instances(on.url), bothWith("next"));
  });

  it("finishes what a killed run began when it is run again with the same values", async () => {
    await apply({ SECRET_KEY: "old" });
    const values = { SECRET_KEY: "new", START_DELAY_MS: "1500" };
    const killed = apply(values);
    await until("the new file is in place", async () => (await key()) === "new", 10_000);
    await killSession(on.envFile);
    await killed;
    assert.equal((await apply(values)).code, 0);
    assert.deepEqual(await instances(on.url), bothWith("new"));
    assert.equal(await key(".previous"), "old");
  });

  it("waits for another run to end", async () => {
    await apply({ SECRET_KEY: "zero" });
    const first = apply({ SECRET_KEY: "one", START_DELAY_MS: "1000" });
    await until("the first run is under way", async () => (await key()) === "one", 10_000);
    const second = apply({ SECRET_KEY: "two" });
    assert.deepEqual([(await first).code, (await second).code], [0, 0]);
    assert.equal(await key(".previous"), "one");
    assert.deepEqual(await instances(on.url), bothWith("two"));
  });
});

/** SIGKILL to everything that runs the script of this env file. */
async function killSession(envFile: string): Promise<void> {
  const shells = [...(await commandLines())].filter(([, line]) =>
    line.includes(`file='${envFile}'`),
  );
  assert.ok(shells.length > 0, "no session runs the script");
  for (const [pid] of shells) {
    try {
      process.kill(-pid, "SIGKILL");
    } catch (error) {
      // Only the first of a group leads it.
      assert.equal((error as NodeJS.ErrnoException).code, "ESRCH");
    }
  }
}
