import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { parse } from "yaml";
import { MARKER } from "../../../operator/plan/markdown";

interface Step {
  readonly name?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
}
type Permissions = Readonly<Record<string, string>>;
interface Job {
  readonly if?: string;
  readonly permissions?: Permissions;
  readonly environment?: string;
  readonly steps: readonly Step[];
  readonly "timeout-minutes"?: number;
}
interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions?: Permissions;
  readonly jobs: Readonly<Record<string, Job>>;
}

const FOLDER = resolve(__dirname, "../../../.github/workflows");
const texts = new Map(
  readdirSync(FOLDER).map((file) => [file, readFileSync(join(FOLDER, file), "utf8")]),
);
const workflows = new Map([...texts].map(([file, text]) => [file, parse(text) as Workflow]));
const jobs = [...workflows].flatMap(([file, workflow]) =>
  Object.entries(workflow.jobs).map(([name, job]) => ({
    place: `${file}: ${name}`,
    file,
    job,
    permissions: job.permissions ?? workflow.permissions ?? {},
  })),
);
const steps = jobs.flatMap(({ place, job }) => job.steps.map((step) => ({ place, step })));

/** Whether a job runs what the project or its packages hold. */
function runsProject({ steps: all }: Job): boolean {
  return all.some(({ run = "" }) => /\b(npm|npx|node|\.ci\/run|pulumi)\b/.test(run));
}

describe("workflows", () => {
  it("are the check, the comment, the preview and what is due", () => {
    assert.deepEqual([...workflows.keys()].sort(), [
      "check.yml",
      "due.yml",
      "plan-comment.yml",
      "preview.yml",
    ]);
  });

  it("give every job the least that it needs, and a time limit", () => {
    const granted = Object.fromEntries(jobs.map(({ place, permissions }) => [place, permissions]));
    assert.deepEqual(granted, {
      "check.yml: check": { contents: "read" },
      "check.yml: plan": { contents: "read" },
      "plan-comment.yml: render": { actions: "read", contents: "read", "pull-requests": "read" },
      "plan-comment.yml: comment": { "pull-requests": "write" },
      "plan-comment.yml: findings": { "security-events": "write" },
      "preview.yml: preview": { contents: "read", "id-token": "write" },
      "due.yml: list": { contents: "read" },
      "due.yml: propose": { contents: "write", "pull-requests": "write" },
    });
    for (const { place, job } of jobs) assert.ok(job["timeout-minutes"], place);
    for (const [file, { permissions }] of workflows) assert.ok(permissions, file);
  });

  it("never run on pull_request_target, nor put a stranger's text into a script", () => {
    for (const [file, { on }] of workflows) assert.ok(!("pull_request_target" in on), file);
    for (const { place, step } of steps)
      assert.doesNotMatch(step.run ?? "", /\$\{\{/, `${place}: an expression in a script`);
  });

  it("use actions of GitHub's own only, by full commit, the version beside it", () => {
    for (const { place, step } of steps.filter(({ step: { uses } }) => uses !== undefined))
      assert.match(step.uses ?? "", /^actions\/[\w-]+@[0-9a-f]{40}$/, place);
    for (const [file, text] of texts)
      for (const line of text.split("\n").filter((one) => /\buses:/.test(one)))
        assert.match(line, /# v\d+\.\d+\.\d+$/, `${file}: ${line}`);
    const commits = new Set(steps.flatMap(({ step: { uses } }) => uses ?? []));
    const actions = new Set([...commits].map((uses) => uses.split("@")[0]));
    assert.equal(commits.size, actions.size, "one action at two commits");
  });

  it("leave no token behind in the working copy", () => {
    for (const { place, step } of steps.filter(({ step: { uses } }) =>
      uses?.includes("/checkout@"),
    ))
      assert.equal(step.with?.["persist-credentials"], false, place);
  });

  it("give secrets to no workflow that a fork starts, and only behind an approval", () => {
    for (const [file, text] of texts)
      if (file !== "preview.yml") assert.doesNotMatch(text, /\bsecrets\./, file);
    const preview = workflows.get("preview.yml")?.jobs["preview"];
    assert.equal(preview?.environment, "preview-prod");
    assert.match(preview?.if ?? "", /head\.repo\.full_name == github\.repository/);
  });

  it("let no job that may write run code of the project or of a package", () => {
    const writing = jobs.filter(({ permissions }) =>
      Object.entries(permissions).some(
        ([scope, level]) => level === "write" && scope !== "id-token",
      ),
    );
    assert.equal(writing.length, 3);
    for (const { place, job } of writing) assert.ok(!runsProject(job), place);
  });

  it("check out nothing of the fork where its plan is read, and run no script of its packages", () => {
    const { jobs: commenting = {} } = workflows.get("plan-comment.yml") ?? {};
    for (const step of Object.values(commenting).flatMap((job) => job.steps)) {
      if (step.uses?.includes("/checkout@")) assert.equal(step.with?.["ref"], undefined);
      if (step.run?.includes("npm ")) assert.match(step.run, /npm ci .*--ignore-scripts/);
    }
    assert.match(texts.get("plan-comment.yml") ?? "", /rekey\.cjs plan --from/);
  });

  it("look for the comment by the marker that plans begin with", () => {
    assert.ok((texts.get("plan-comment.yml") ?? "").includes(`startswith("${MARKER}")`));
  });

  it("have scripts that bash can read and that stop at the first failure", () => {
    for (const { place, step } of steps.filter(({ step: { run } }) => run?.includes("\n"))) {
      assert.match(step.run ?? "", /^set -euo pipefail$/m, place);
      assert.doesNotThrow(
        () => execFileSync("bash", ["-n"], { input: step.run, stdio: ["pipe", "pipe", "pipe"] }),
        place,
      );
    }
  });
});
