import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { parse } from "yaml";
import { findEngine } from "../../engine";
import { Workbench, workbench } from "./workbench";

const NAME = "VITE_STRAPI_API_KEY";
const SETTINGS = `config:
  rekey:systems: [capanel]   # what runs here


  gcp:project:   'example-project'
`;

describe("taking in a value that is issued elsewhere, on the real engine", () => {
  let bench: Workbench;
  let env: Record<string, string>;
  let pulumi: (...args: string[]) => string;

  before(async function () {
    // Where no Pulumi CLI is installed, it is fetched or built first.
    this.timeout(900_000);
    const engine = await findEngine();
    bench = workbench({ prod: SETTINGS });
    mkdirSync(join(bench.folder, "state"));
    env = {
      PULUMI_BACKEND_URL: `file://${join(bench.folder, "state")}`,
      PULUMI_CONFIG_PASSPHRASE: "a passphrase of this test",
      PATH: `${dirname(engine.path)}:${process.env.PATH}`,
      TMPDIR: mkdtempSync(join(bench.folder, "tmp-")),
    };
    pulumi = (...args) =>
      execFileSync(engine.path, args, {
        cwd: bench.folder,
        env: { ...process.env, ...env },
        encoding: "utf8",
        stdio: "pipe",
      });
    pulumi("stack", "init", "prod");
    bench.write("Pulumi.prod.yaml", SETTINGS);
  });
  after(() => bench.remove());

  const rekey = (args: readonly string[], input: string) =>
    bench.rekey([...args, "--value-stdin", "--no-validate", "--json"], { env, input });
  const decrypted = (slot: string) =>
    pulumi(
      "config",
      "get",
      "-s",
      "prod",
      "--path",
      `rekey:external.${NAME}.${slot}.value`,
    ).trimEnd();

  it("keeps values encrypted in the file, in its layout, and away from output and scratch files", async () => {
    const first = await rekey(["intake", NAME], "CANARY-first\n");
    assert.equal(first.code, 0, first.stdout);
    const second = await rekey(["rotate", NAME], "CANARY-second");
    assert.equal(second.code, 0, second.stdout);
    assert.deepEqual([decrypted("a"), decrypted("b")], ["CANARY-first", "CANARY-second"]);
    const text = bench.read("Pulumi.prod.yaml");
    assert.ok(text.startsWith(SETTINGS), text);
    assert.ok(
      !`${text}${first.stdout}${first.stderr}${second.stdout}${second.stderr}`.includes("CANARY"),
    );
    assert.deepEqual(
      readdirSync(env.TMPDIR ?? "").filter((name) => !/^(rekey-\d+|tsx-)/.test(name)),
      [],
    );
  }).timeout(60_000);

  it("refuses the value in use, a wrong passphrase and an empty value; the file stays as it was", async () => {
    assert.equal((await bench.rekey(["retire", NAME], { env })).code, 0);
    const before = bench.read("Pulumi.prod.yaml");
    const same = await rekey(["stage", NAME], "CANARY-second");
    assert.match(same.stdout, /same-value/);
    const locked = await bench.rekey(["stage", NAME, "--value-stdin", "--no-validate", "--json"], {
      env: { ...env, PULUMI_CONFIG_PASSPHRASE: "another one" },
      input: "CANARY-third",
    });
    assert.match(locked.stdout, /PULUMI_CONFIG_PASSPHRASE/);
    const empty = await rekey(["stage", NAME], " \n");
    assert.match(empty.stdout, /is empty/);
    assert.deepEqual([same.code, locked.code, empty.code], [2, 2, 2]);
    assert.ok(!`${same.stdout}${locked.stdout}${same.stderr}${locked.stderr}`.includes("CANARY"));
    assert.equal(bench.read("Pulumi.prod.yaml"), before);
    const { config } = parse(before) as { config: Record<string, Record<string, object>> };
    assert.deepEqual(Object.keys(config["rekey:external"]?.[NAME] ?? {}), ["b"]);
  }).timeout(60_000);

  it("takes over the key that a machine runs with, once, and forgets it with its retirement", async () => {
    const file = "Pulumi.panel.yaml";
    bench.write(file, "config:\n  rekey:systems: [mgmt-vibe]\n");
    pulumi("stack", "init", "panel");
    const panel = { PULUMI_STACK: "panel", ...env };
    const ran = (args: string[], input?: string) =>
      bench.rekey([...args, "ENCRYPTION_KEY", "--json"], {
        env: panel,
        ...(input === undefined ? {} : { input }),
      });
    const first = await ran(["intake", "--value-stdin"], "CANARY-running");
    assert.equal(first.code, 0, first.stdout);
    const again = await ran(["intake", "--value-stdin"], "CANARY-running");
    assert.equal(again.code, 2);
    assert.match(again.stdout, /taken in already/);
    assert.equal((await ran(["rotate"])).code, 0);
    assert.match(bench.read(file), /rekey:external/);
    assert.equal((await ran(["intake", "--value-stdin"], "CANARY-late")).code, 2);
    assert.equal((await ran(["retire"])).code, 0);
    assert.doesNotMatch(bench.read(file), /rekey:external|CANARY/);
  }).timeout(60_000);
});
