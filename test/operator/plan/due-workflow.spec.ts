import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parse } from "yaml";

const ROOT = resolve(__dirname, "../../..");
const PROJECT = ["name: rekey", "runtime: nodejs", ""].join("\n");

interface Workflow {
  readonly jobs: Readonly<
    Record<string, { readonly steps: readonly { readonly id?: string; readonly run?: string }[] }>
  >;
}

/** The script of the step that makes the moves, as the workflow has it. */
function script(): string {
  const text = readFileSync(join(ROOT, ".github/workflows/due.yml"), "utf8");
  const { jobs } = parse(text) as Workflow;
  const run = jobs["list"]?.steps.find(({ id }) => id === "move")?.run;
  assert.ok(run);
  return run;
}

const settings = (...records: string[]) =>
  [
    "# What is said here stays.",
    "config:",
    "  rekey:environment: prod",
    "  rekey:systems: [capanel]",
    ...(records.length === 0 ? [] : ["  rekey:rotations:", ...records.map((one) => `    ${one}`)]),
    "",
  ].join("\n");

const today = new Date().toISOString().slice(0, 10);
const rested = (name: string, at = `${today}T00:00:00Z`) =>
  `${name}: { generation: 1, active: a, slots: { a: 1 }, at: "${at}" }`;

describe("workflows: what is due, in a repository", function () {
  this.timeout(120_000);
  let folder: string;

  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=Ada", "-c", "user.email=ada@example.com", ...args], {
      cwd: folder,
      encoding: "utf8",
    });
  const read = (name: string) => readFileSync(join(folder, name), "utf8");

  /** Runs the step on stacks with these settings, and says what it would propose. */
  function run(stacks: Readonly<Record<string, string>>): { patch: string; changed: boolean } {
    mkdirSync(join(folder, "bin"));
    writeFileSync(
      join(folder, "bin/rekey.cjs"),
      `require(${JSON.stringify(join(ROOT, "bin/rekey.cjs"))});\n`,
    );
    writeFileSync(join(folder, "Pulumi.yaml"), PROJECT);
    for (const [stack, text] of Object.entries(stacks))
      writeFileSync(join(folder, `Pulumi.${stack}.yaml`), text);
    git("init", "--quiet", "--initial-branch=main");
    git("add", "--all");
    git("commit", "--quiet", "--message", "base");
    const output = join(folder, ".git/output");
    const { status, stderr } = spawnSync("bash", ["-c", script()], {
      cwd: folder,
      encoding: "utf8",
      env: { ...process.env, GITHUB_OUTPUT: output, GITHUB_STEP_SUMMARY: `${output}-summary` },
    });
    assert.equal(status, 0, stderr);
    const patch = read("proposal/moves.patch");
    git("stash", "--quiet");
    if (patch !== "") git("apply", "--check", "proposal/moves.patch");
    const changed = existsSync(output) && readFileSync(output, "utf8").includes("changed=true");
    return { patch, changed };
  }

  const added = (patch: string) =>
    patch.split("\n").filter((line) => /^\+(?!\+\+ )/.test(line)).join("\n"); // prettier-ignore

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "rekey-due-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("proposes the first rotation of a stack that nobody rotated yet", () => {
    const { patch, changed } = run({ prod: settings() });
    assert.ok(changed);
    assert.match(added(patch), /CLOUD_SQL_PASSWORD: .*active: b.*slots: \{ a: 1, b: 2 \}/);
    assert.match(added(patch), /SECRET_KEY: .*active: a.*slots: \{ a: 1, b: 2 \}/);
    assert.match(added(patch), /by: "scheduled workflow"/);
    assert.doesNotMatch(added(patch), /VITE_STRAPI_API_KEY/, "a person has to bring its value");
    assert.match(read("proposal/body.md"), /`VITE_STRAPI_API_KEY` .*by hand: `rekey rotate VITE_STRAPI_API_KEY`/); // prettier-ignore
  });

  it("activates what was staged and retires what is over, in every stack, and leaves the rest", () => {
    const staged =
      'SECRET_KEY: { generation: 2, active: a, slots: { a: 1, b: 2 }, at: "2025-01-01T00:00:00Z" }';
    const over =
      'CLOUD_SQL_PASSWORD: { generation: 2, active: b, slots: { a: 1, b: 2 }, at: "2025-01-01T00:00:00Z" }';
    const rest = [rested("FIRST_SUPERUSER_PASSWORD"), rested("VITE_STRAPI_API_KEY")];
    const { patch } = run({
      prod: settings(staged, rested("CLOUD_SQL_PASSWORD"), ...rest),
      staging: settings(over, rested("SECRET_KEY"), ...rest).replace("prod", "staging"),
    });
    const lines = added(patch).split("\n");
    assert.equal(lines.length, 2, patch);
    assert.match(lines[0] ?? "", /SECRET_KEY: .*active: b.*graceEnds: /);
    assert.match(lines[1] ?? "", /CLOUD_SQL_PASSWORD: .*active: b, slots: \{ b: 2 \}/);
  });

  it("proposes nothing where nothing is due", () => {
    const all = [
      "CLOUD_SQL_PASSWORD",
      "SECRET_KEY",
      "FIRST_SUPERUSER_PASSWORD",
      "VITE_STRAPI_API_KEY",
    ];
    const { patch, changed } = run({ prod: settings(...all.map((name) => rested(name))) });
    assert.equal(patch, "");
    assert.ok(!changed);
    assert.match(read("proposal/body.md"), /Nothing is due/);
  });
});
