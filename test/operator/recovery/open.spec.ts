import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { findEngine } from "../../../engine";
import { openAfterKill } from "../../../operator/recovery/open";
import { readState } from "../../../operator/recovery/state";
import type { Place } from "../../../operator/workspace";
import { type Workbench, workbench } from "../workbench";

/** No process of Linux has this number. */
const NOBODY = 4_194_305;

describe("operator/recovery/open, on the real engine", function () {
  this.timeout(60_000);
  let bench: Workbench;
  let place: Place;
  let state: string;
  let locks: string;

  before(async function () {
    // Where no Pulumi CLI is installed, it is fetched or built first.
    this.timeout(900_000);
    const engine = await findEngine();
    bench = workbench({ prod: "config:\n  rekey:systems: [capanel]\n" });
    const env = {
      PULUMI_BACKEND_URL: `file://${bench.folder}`,
      PULUMI_CONFIG_PASSPHRASE: "a passphrase of this test",
      PATH: `${dirname(engine.path)}:${process.env.PATH}`,
    };
    const options = { cwd: bench.folder, env: { ...process.env, ...env }, stdio: "pipe" } as const;
    execFileSync(engine.path, ["stack", "init", "prod"], options);
    const exported = execFileSync(engine.path, ["stack", "export", "-s", "prod"], options);
    // The second writing of the state leaves the first beside it.
    execFileSync(engine.path, ["stack", "import", "-s", "prod"], { ...options, input: exported });
    place = { cwd: bench.folder, stack: "prod", command: engine.command, env };
    state = join(bench.folder, ".pulumi/stacks/rekey/prod.json");
    locks = join(bench.folder, ".pulumi/locks/organization/rekey/prod");
  });
  after(() => bench.remove());
  afterEach(() => rmSync(locks, { recursive: true, force: true }));

  /** Opens the stack and reads its state; answers what was mended. */
  async function opened(): Promise<string[]> {
    const notes: string[] = [];
    const { stack } = await openAfterKill(place, "no process has this mark", (line) => notes.push(line)); // prettier-ignore
    assert.deepEqual((await readState(stack)).pending, []);
    return notes;
  }

  function lockedBy(pid: number): void {
    mkdirSync(locks, { recursive: true });
    const lock = { pid, hostname: hostname(), username: "someone", timestamp: new Date().toISOString() }; // prettier-ignore
    writeFileSync(join(locks, "an-update.json"), JSON.stringify(lock));
  }

  it("mends nothing where the last update ended by itself", async () => {
    assert.deepEqual(await opened(), []);
  });

  it("opens a stack whose facts a killed engine left unfinished", async () => {
    for (const facts of ["", '{"user.cache_con']) {
      writeFileSync(`${state}.attrs`, facts);
      assert.deepEqual(await opened(), ["removed what a killed update wrote of the state's facts"]);
    }
  });

  it("puts the state back that a killed engine had moved away", async () => {
    renameSync(state, `${state}.bak`);
    lockedBy(NOBODY);
    assert.deepEqual(await opened(), ["put the state back that a killed update had moved away"]);
  });

  it("touches nothing while somebody holds the stack, and brings no removed stack back", async () => {
    renameSync(state, `${state}.bak`);
    try {
      await assert.rejects(opened(), /no stack named/);
      lockedBy(process.pid);
      await assert.rejects(opened(), /no stack named/);
    } finally {
      renameSync(`${state}.bak`, state);
    }
  });
});
