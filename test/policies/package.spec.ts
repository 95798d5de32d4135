import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { findEngine } from "../../engine/index";
import { WITHOUT_CONFIGURATION } from "../../policies/configuration";
import { packPath, policyEnvironment } from "../../policies/run";
import { rules } from "../../policies/index";
import { bad } from "./programs/bad";
import { good } from "./programs/good";
import { openBench } from "./programs/preview";
import { SETTINGS } from "./programs/program";

const MODULES = join(packPath, "..", "node_modules");

describe("the policy pack as a package of its own", function () {
  // Where no engine is kept yet, it is downloaded or built once.
  this.timeout(900_000);
  let folder: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), "rekey-package-"));
    const manifest = readFileSync(join(packPath, "package.json"), "utf8");
    const { files, dependencies } = JSON.parse(manifest) as {
      files: string[];
      dependencies: Record<string, string>;
    };
    for (const file of [...files, "package.json"])
      if (file !== "dist/") cpSync(join(packPath, file), join(folder, file), { recursive: true });
    const built = spawnSync(process.execPath, [join(packPath, "build.cjs"), join(folder, "dist")], {
      encoding: "utf8",
    });
    assert.equal(built.status, 0, built.stderr);
    // What `npm install` would bring, and nothing that this repository has besides.
    for (const name of Object.keys(dependencies)) {
      const link = join(folder, "node_modules", name);
      mkdirSync(dirname(link), { recursive: true });
      symlinkSync(join(MODULES, name), link);
    }
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  function command(...args: string[]) {
    return spawnSync(join(folder, "bin/rekey-policies"), args, { encoding: "utf8" });
  }

  it("holds no TypeScript and leaves nothing behind in the repository", () => {
    assert.equal(existsSync(join(folder, "index.ts")), false);
    assert.equal(existsSync(join(packPath, "dist")), false);
  });

  it("blocks a bad program and lets a good one pass on the real engine, with its own dependencies alone", async () => {
    const bench = await openBench();
    try {
      await bench.configure(SETTINGS);
      const run = { known: true, pack: folder };
      const program = good["google-generated"]!;
      const passed = await bench.run("preview", () => program("good"), run);
      assert.deepEqual([passed.failed, passed.told], [false, []], passed.said);
      const { rule, declare } = bad["cloud-run-literal"]!;
      const stopped = await bench.run("preview", () => declare("bad"), run);
      assert.equal(stopped.failed, true);
      assert.deepEqual(
        stopped.told.map(({ policy }) => policy),
        [rule],
      );
    } finally {
      bench.close();
    }
  });

  it("judges the exported state of a program in any language, which comes without a configuration", async () => {
    const { path } = await findEngine();
    const stack = "urn:pulumi:dev::other::pulumi:pulumi:Stack::other-dev";
    const type = "gcp:cloudrunv2/service:Service";
    const envs = [{ name: "DB_PASSWORD", value: "canary-4f1c9b" }];
    const inputs = { template: { containers: [{ envs }] } };
    const resources = [
      { urn: stack, custom: false, type: "pulumi:pulumi:Stack" },
      { urn: `urn:pulumi:dev::other::${type}::api`, custom: false, type, parent: stack, inputs },
    ];
    const file = join(folder, "state.json");
    const manifest = { time: "2026-01-01T00:00:00Z", magic: "", version: "" };
    writeFileSync(file, JSON.stringify({ version: 3, deployment: { manifest, resources } }));
    const analyze = (configuration: string) =>
      spawnSync(path, ["policy", "analyze", "--file", file, "--policy-pack", folder], {
        encoding: "utf8",
        env: {
          ...policyEnvironment(process.env),
          [WITHOUT_CONFIGURATION]: configuration,
          PULUMI_HOME: join(folder, "home"),
          PULUMI_SKIP_UPDATE_CHECK: "true",
        },
      });
    const judged = analyze("none");
    assert.equal(judged.status, 1, judged.stderr);
    assert.match(judged.stdout, /\[mandatory\].*no-plaintext-credential-in-cloud-run-env/);
    const refused = analyze("");
    assert.notEqual(refused.status, 0);
    assert.match(refused.stdout + refused.stderr, /so they let nothing pass/);
    for (const { stdout, stderr } of [judged, refused])
      assert.doesNotMatch(stdout + stderr, /canary/);
  });

  it("lists its rules", () => {
    const { stdout, status, stderr } = command("--list");
    assert.equal(status, 0, stderr);
    assert.deepEqual(
      stdout
        .trim()
        .split("\n")
        .map((line) => line.split(" ")[0]),
      rules.map(({ id }) => id),
    );
  });

  it("knows where it is, and offers the engine its entry and others its rules", () => {
    const script = `
      const { packPath } = require(${JSON.stringify(join(folder, "run.cjs"))});
      const { rules, prepare } = require(${JSON.stringify(join(folder, "rules.cjs"))});
      const start = require(${JSON.stringify(join(folder, "pack.cjs"))});
      prepare().then(() => console.log(JSON.stringify([packPath, rules.length, typeof start])));`;
    const { stdout, stderr } = spawnSync(process.execPath, ["-e", script], { encoding: "utf8" });
    assert.equal(stdout.trim(), JSON.stringify([folder, rules.length, "function"]), stderr);
  });

  it("makes the engine's configuration of one file, and refuses what is wrong without quoting it", () => {
    const file = join(folder, "policies.json");
    writeFileSync(file, JSON.stringify({ rules: { "no-weak-password": { minLength: 14 } } }));
    const { stdout } = command("--at", "2026-06-01", file);
    const made = JSON.parse(stdout) as Record<string, unknown>;
    assert.deepEqual(made["no-weak-password"], { at: "2026-06-01", minLength: 14 });
    writeFileSync(file, "canary-4f1c9b");
    const refused = command(file);
    assert.equal(refused.status, 2);
    assert.match(refused.stderr, /no JSON document/);
    assert.doesNotMatch(refused.stderr, /canary/);
    assert.equal(command("--at", "soon").status, 2);
  });
});
