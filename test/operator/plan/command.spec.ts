import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { RekeyError } from "../../../operator/errors";
import { planDocument } from "../../../operator/plan/document";
import { programChanged, readBase } from "../../../operator/plan/git";
import { markdownOf } from "../../../operator/plan/markdown";
import { PlanOptions, makePlan, readPlan } from "../../../operator/plan/run";
import { Workbench, workbench } from "../workbench";
import { Records, settings, told } from "./given";
import { exportOf, exportedSecret } from "./state";

const KEY = { generation: 1, active: "a", slots: { a: 1 }, at: "2026-01-31T12:00:00Z" };
const ROTATED = {
  ...KEY,
  generation: 2,
  active: "b",
  slots: { a: 1, b: 2 },
  at: "2026-02-01T12:00:00Z",
};
const BUMPED = { ...KEY, generation: 2, slots: { a: 2 } };
const ENCRYPTED = "  rekey:fingerprintKey:\n    secure: v1:abcdefabcdef:ciphertextciphertext\n";

describe("rekey plan", function () {
  this.timeout(120_000);
  let bench: Workbench;

  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=Ada", "-c", "user.email=ada@example.com", ...args], {
      cwd: bench.folder,
      encoding: "utf8",
    });
  const commit = (message: string) => git("commit", "--quiet", "--all", "--message", message);
  const write = (records: Records) =>
    bench.write("Pulumi.prod.yaml", settings(records) + ENCRYPTED);
  const make = (options: PlanOptions = {}) =>
    makePlan({ cwd: bench.folder, stack: "prod", state: false, ...options });

  beforeEach(() => {
    bench = workbench({ prod: settings({ SECRET_KEY: KEY }) + ENCRYPTED });
    git("init", "--quiet", "--initial-branch=main");
    git("add", "--all");
    commit("base");
  });
  afterEach(() => bench.remove());

  it("ends with 0 without a finding of error level, with 1 with one, with 2 for wrong input", async () => {
    const plan = (...args: string[]) => bench.rekey(["plan", "-s", "prod", "--no-state", ...args]);
    write({ SECRET_KEY: ROTATED });
    const good = await plan();
    assert.equal(good.code, 0, good.stderr);
    assert.match(good.stdout, /SECRET_KEY +rotate +1 \(a\) → 2 \(b\)/);
    write({ SECRET_KEY: BUMPED });
    const bad = await plan("--date", "2026-02-01");
    assert.equal(bad.code, 1, bad.stderr);
    assert.match(bad.stdout, /error: Pulumi\.prod\.yaml:5: .*active-slot-bumped/s);
    assert.equal((await plan("--json", "--sarif")).code, 2);
  });

  it("writes all forms into a folder, without a secret and without a place of this machine", async () => {
    write({ SECRET_KEY: ROTATED });
    const { code, stderr } = await bench.rekey(
      ["plan", "-s", "prod", "--no-state", "--out", "plans"],
      { env: { PULUMI_CONFIG_PASSPHRASE: "", PULUMI_CONFIG_PASSPHRASE_FILE: "" } },
    );
    assert.equal(code, 0, stderr);
    const folder = join(bench.folder, "plans");
    assert.deepEqual(readdirSync(folder).sort(), [
      "plan-prod.json",
      "plan-prod.md",
      "plan-prod.sarif",
    ]);
    for (const name of readdirSync(folder)) {
      const text = readFileSync(join(folder, name), "utf8");
      assert.ok(!text.includes("ciphertext"), name);
      assert.ok(!text.includes(bench.folder), name);
    }
    const again = await readPlan(join(folder, "plan-prod.json"));
    assert.equal(markdownOf(again), readFileSync(join(folder, "plan-prod.md"), "utf8"));
  });

  it("compares the working tree with the merge base, not with the tip of the other branch", async () => {
    git("checkout", "--quiet", "-b", "topic");
    write({ SECRET_KEY: ROTATED });
    commit("rotate");
    git("checkout", "--quiet", "main");
    write({});
    commit("main moves on");
    git("checkout", "--quiet", "topic");
    const plan = planDocument.parse(await make({ base: "main" }));
    assert.deepEqual(
      plan.secrets.map(({ name, moves }) => [name, moves]),
      [["SECRET_KEY", ["rotate"]]],
    );
    assert.equal(plan.base.commit, git("rev-parse", "main~1").trim());
  });

  it("finds main by itself, and a file that is new there", async () => {
    git("checkout", "--quiet", "-b", "topic");
    git("rm", "--quiet", "--cached", "Pulumi.prod.yaml");
    assert.equal((await make()).base.hadFile, true);
    git("branch", "--quiet", "--force", "main", "topic");
    git("commit", "--quiet", "--message", "without");
    git("branch", "--quiet", "--force", "main", "topic");
    const plan = await make();
    assert.equal(plan.base.ref, "main");
    assert.equal(plan.base.hadFile, false);
    assert.ok(plan.secrets.every(({ change }) => change === "new"));
  });

  it("refuses a base that is no commit, one that looks like an option, and a folder without git", async () => {
    for (const ref of ["nowhere", "--upload-pack=x", ""])
      await assert.rejects(make({ base: ref }), { code: "no-base", exitCode: 2 });
    const other = workbench({ prod: settings({}) });
    try {
      const file = join(other.folder, "Pulumi.prod.yaml");
      await assert.rejects(readBase(file), { code: "no-base", exitCode: 2 });
    } finally {
      other.remove();
    }
  });

  it("reads the deployed state from a file", async () => {
    const slots = [{ slot: "a", generation: 1, protect: true }];
    const names = ["capanel-secret-key", "capanel-secret-key-store", "capanel-secret-key"] as const;
    bench.write("state.json", exportOf(exportedSecret(...names, slots)));
    write({ SECRET_KEY: { ...ROTATED, slots: { b: 2 } } });
    commit("too far");
    const plan = await make({ state: join(bench.folder, "state.json") });
    assert.equal(plan.state, "given");
    assert.deepEqual(told(plan), ["retires-active SECRET_KEY"]);
    await assert.rejects(make({ state: "no.json" }), { code: "unreadable", exitCode: 2 });
  });

  it("reads a plan back as data: bounded, strict, and without quoting what is wrong with it", async () => {
    const good: unknown = JSON.parse(JSON.stringify(await make()));
    mkdirSync(join(bench.folder, "bad"));
    const bad = [
      { stack: "../../etc/hunter2" },
      { file: "/etc/hunter2" },
      { file: "../hunter2" },
      { hunter2: true },
      { secrets: "hunter2" },
      { schema: "rekey-plan/2", stack: "hunter2" },
      { environment: "hunter2".repeat(1_000_000) },
    ];
    for (const [index, wrong] of bad.entries()) {
      const path = `bad/${index}.json`;
      bench.write(path, JSON.stringify({ ...(good as object), ...wrong }));
      await assert.rejects(readPlan(join(bench.folder, path)), (error: RekeyError) => {
        assert.equal(error.exitCode, 2);
        assert.doesNotMatch(JSON.stringify(error), /hunter2/);
        return true;
      });
    }
  });

  it("knows when a change touches more than records: the program, the packages, or the settings", async () => {
    const { commit: base } = await readBase(join(bench.folder, "Pulumi.prod.yaml"));
    const changed = () =>
      programChanged(bench.folder, join(bench.folder, "Pulumi.prod.yaml"), base);
    bench.write("README.md", "words");
    assert.equal(await changed(), false);
    mkdirSync(join(bench.folder, "stacks"));
    bench.write("stacks/index.ts", "export {};");
    assert.equal(await changed(), true, "a new file");
    git("add", "--all");
    commit("program");
    assert.equal(await changed(), true, "a committed one");
    git("reset", "--quiet", "--hard", base);
    assert.equal(await changed(), false);
    bench.write("Pulumi.prod.yaml", `${settings({ SECRET_KEY: KEY })}  shop:address: 192.0.2.7\n`);
    assert.equal(await changed(), true, "a setting");
  });
});
