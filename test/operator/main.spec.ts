import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { parse } from "yaml";
import { Ran, Workbench, workbench } from "./workbench";

const PROD = `# the settings of prod
config:
  rekey:systems: [capanel] # what runs here
  rekey:rotations:
    SECRET_KEY:   { generation: 2, active: a, slots: { a: 2 } }   # at rest
    POSTGRES_PASSWORD: { generation: 5, active: b, slots: { a: 4, b: 5 } }
  gcp:project:   'example-project'
`;

interface Document {
  stack: string;
  file: string;
  written: boolean;
  next: string[];
  moves: {
    secret: string;
    move: string;
    from: object;
    to: Record<string, unknown>;
    interruption: string;
  }[];
  error: { code: string; message: string; path?: string; allowed?: string; fix?: string };
  secrets: {
    secret: string;
    ageDays: number | null;
    retired: number[];
    rotatedBy: string;
    generation: number | null;
    active: object | null;
  }[];
}

const json = ({ stdout }: Ran) => JSON.parse(stdout) as Document;

describe("the command line", () => {
  let bench: Workbench;
  beforeEach(() => (bench = workbench({ prod: PROD })));
  afterEach(() => bench.remove());

  const records = () =>
    (
      parse(bench.read("Pulumi.prod.yaml")) as {
        config: Record<string, Record<string, Record<string, unknown>>>;
      }
    ).config["rekey:rotations"] ?? {};
  const untouched = () => assert.equal(bench.read("Pulumi.prod.yaml"), PROD);

  it("writes a rotation into the one stack's file, says what it interrupts and what comes next", async () => {
    const ran = await bench.rekey([
      "rotate",
      "SECRET_KEY",
      "--reason",
      "yearly",
      "--by",
      "ops@example.com",
    ]);
    assert.equal(ran.code, 0, ran.stderr);
    assert.equal(ran.stderr, "");
    const { at, graceEnds, ...rest } = records().SECRET_KEY ?? {};
    assert.deepEqual(rest, {
      generation: 3,
      active: "b",
      slots: { a: 2, b: 3 },
      reason: "yearly",
      by: "ops@example.com",
    });
    assert.match(String(at), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    const hours = (Date.parse(String(graceEnds)) - Date.parse(String(at))) / 3_600_000;
    assert.equal(hours, 192, "its tokens live for eight days");
    assert.match(bench.read("Pulumi.prod.yaml"), /at: "2/);
    assert.match(ran.stdout, /^-    SECRET_KEY: .*\n\+    SECRET_KEY: .*# at rest$/m);
    assert.ok(!ran.stdout.includes("\x1b"), "colour without a terminal");
    assert.match(
      ran.stdout,
      /generation 2; a: 2 \(active\) → generation 3; a: 2 \(grace\), b: 3 \(active\)/,
    );
    assert.match(ran.stdout, /interruption: re-login/);
    assert.match(ran.stdout, /`rekey stage SECRET_KEY -s prod`/);
    assert.match(ran.stdout, /Next:\n {2}rekey up -s prod\n {2}rekey retire SECRET_KEY -s prod\n$/);
  });

  it("goes through stage, activate, rollback, activate and retire, and every other byte stays", async () => {
    for (const move of ["stage", "activate", "rollback", "activate", "retire"]) {
      const ran = await bench.rekey([move, "SECRET_KEY", "--json"]);
      assert.equal(ran.code, 0, ran.stdout);
      assert.equal(json(ran).written, true);
    }
    assert.deepEqual(records().SECRET_KEY?.slots, { b: 3 });
    const others = (text: string) =>
      text.split("\n").filter((line) => !line.includes("SECRET_KEY"));
    assert.deepEqual(others(bench.read("Pulumi.prod.yaml")), others(PROD));
  }).timeout(30_000);

  it("describes moves in one JSON document", async () => {
    const ran = await bench.rekey(["retire", "POSTGRES_PASSWORD", "--json", "--by", "ops"]);
    const document = json(ran);
    assert.equal(document.stack, "prod");
    assert.equal(document.file, join(bench.folder, "Pulumi.prod.yaml"));
    assert.deepEqual(document.moves, [
      {
        secret: "POSTGRES_PASSWORD",
        move: "retire",
        from: { generation: 5, active: "b", slots: { a: 4, b: 5 } },
        to: { generation: 5, active: "b", slots: { b: 5 }, by: "ops" },
        interruption: "whoever still uses generation 4 is refused",
      },
    ]);
    assert.deepEqual(document.next, ["rekey up -s prod"]);
  });

  it("writes nothing in a dry run", async () => {
    const ran = await bench.rekey(["stage", "SECRET_KEY", "--dry-run", "--json"]);
    assert.equal(ran.code, 0);
    assert.equal(json(ran).written, false);
    untouched();
  });

  it("writes nothing at all if one of several secrets refuses, and says what that one needs", async () => {
    const ran = await bench.rekey(["rotate", "SECRET_KEY", "POSTGRES_PASSWORD", "--json"]);
    assert.equal(ran.code, 2);
    assert.equal(json(ran).error.code, "move-refused");
    assert.equal(json(ran).error.path, "rekey:rotations.POSTGRES_PASSWORD");
    assert.match(json(ran).error.fix ?? "", /`rekey retire POSTGRES_PASSWORD -s prod`/);
    untouched();
  });

  it("takes --all as every secret for which the move is possible", async () => {
    const ran = await bench.rekey(["retire", "--all", "--json"]);
    assert.deepEqual(
      json(ran).moves.map(({ secret }) => secret),
      ["POSTGRES_PASSWORD"],
    );
    const none = await bench.rekey(["withdraw", "--all", "--json"]);
    assert.equal(none.code, 2);
    assert.match(json(none).error.message, /no secret allows withdraw/);
  });

  it("takes a group", async () => {
    const ran = await bench.rekey(["rotate", "--group", "gcloud", "--json"]);
    assert.deepEqual(
      json(ran).moves.map(({ secret, interruption }) => [secret, interruption]),
      [["CLOUD_SQL_PASSWORD", "none"]],
    );
  });

  it("calls a value public that anybody can read", async () => {
    const args = ["rotate", "VITE_STRAPI_API_KEY", "--dry-run"];
    const ran = await bench.rekey(args);
    assert.equal(ran.code, 0, ran.stderr);
    assert.match(ran.stdout, /^ {2}public: anybody can read its value where it is used$/m);
    const told = json(await bench.rekey([...args, "--json"])).moves;
    assert.deepEqual(
      told.map((move) => (move as { public?: boolean }).public),
      [true],
    );
    assert.doesNotMatch((await bench.rekey(["rotate", "SECRET_KEY", "--dry-run"])).stdout, /public:/); // prettier-ignore
  });

  it("notes when the grace ends, as it is told", async () => {
    const ran = await bench.rekey(["rotate", "SECRET_KEY", "--grace-ends", "2999-01-31T12:00:00Z"]);
    assert.equal(ran.code, 0, ran.stderr);
    assert.equal(records().SECRET_KEY?.graceEnds, "2999-01-31T12:00:00Z");
  });

  it("finds the project upward, takes the stack before the command, and lists stacks when there are several", async () => {
    const below = join(bench.folder, "some/where");
    mkdirSync(below, { recursive: true });
    bench.write("Pulumi.dev.yaml", "config: { rekey:systems: [capanel] }\n");
    const several = await bench.rekey(["status"], { cwd: below });
    assert.equal(several.code, 2);
    assert.match(several.stderr, /dev, prod/);
    assert.equal((await bench.rekey(["-s", "prod", "--json", "status"], { cwd: below })).code, 0);
    assert.equal(
      (await bench.rekey(["status"], { cwd: below, env: { PULUMI_STACK: "dev" } })).code,
      0,
    );
  });

  it("names the setting when systems or records are wrong", async () => {
    const wrong: [text: string, path: string][] = [
      ["config: {}\n", "rekey:systems"],
      ["config:\n  rekey:systems: [capnel]\n", "rekey:systems[0]"],
      [PROD.replace("a: 2 }", "a: 3 }"), "rekey:rotations.SECRET_KEY.slots.a"],
      [PROD.replace("SECRET_KEY:", "SECRET_KEYS:"), "rekey:rotations.SECRET_KEYS"],
    ];
    for (const [text, path] of wrong) {
      bench.write("Pulumi.prod.yaml", text);
      const ran = await bench.rekey(["rotate", "SECRET_KEY", "--json"]);
      assert.equal(ran.code, 2);
      assert.equal(json(ran).error.path, path);
      assert.equal(bench.read("Pulumi.prod.yaml"), text);
    }
  });

  it("fits the status into 40 columns, and into JSON", async () => {
    const narrow = await bench.rekey(["status"], { env: { COLUMNS: "40" } });
    assert.equal(narrow.code, 0);
    for (const line of narrow.stdout.split("\n")) assert.ok(line.length <= 40, line);
    const status = json(await bench.rekey(["status", "--json"]));
    assert.deepEqual(
      status.secrets.find(({ secret }) => secret === "POSTGRES_PASSWORD")?.retired,
      [1, 2, 3],
    );
  });

  it("shows what a function rotates as such, whether the state can be read or not", async () => {
    const token = "OPENCLAW_GATEWAY_TOKEN";
    const settings = `rekey:project: { aws: { rotatedByFunction: [${token}] } }`;
    bench.write("Pulumi.prod.yaml", `config:\n  rekey:systems: [project]\n  ${settings}\n`);
    const { secrets } = json(await bench.rekey(["status", "--json"]));
    const found = secrets.filter(({ rotatedBy }) => rotatedBy === "function");
    assert.deepEqual(
      found.map(({ secret, generation, active }) => [secret, generation, active]),
      [[token, null, null]],
    );
    const wide = await bench.rekey(["status"], { env: { COLUMNS: "200" } });
    assert.match(wide.stdout, /OPENCLAW_GATEWAY_TOKEN .* \? \(function\)/);
  });

  it("prints help with examples and exit codes", async () => {
    const overview = await bench.rekey(["--help"]);
    assert.equal(overview.code, 0);
    assert.match(overview.stdout, /Exit codes:\n {2}0 .*\n {2}1 .*\n {2}2 /);
    for (const name of ["stage", "activate", "retire", "withdraw", "rollback", "up", "rehearse"])
      assert.match(overview.stdout, new RegExp(`^  ${name} `, "m"));
    for (const name of ["rotate", "status", "audit", "intake"])
      assert.match((await bench.rekey([name, "--help"])).stdout, /Examples:\n/);
    assert.equal((await bench.rekey([])).code, 2);
    assert.match((await bench.rekey(["--version"])).stdout, /^\d+\.\d+\.\d+\n$/);
  }).timeout(40_000);

  it("loads neither Pulumi nor a cloud's or database's client for its help", () => {
    const probe = `process.argv.push("--help"); process.stdout.write = () => true;
      process.on("exit", () => { for (const path of Object.keys(require.cache)) console.error(path); });
      require(${JSON.stringify(resolve(__dirname, "../../bin/rekey.cjs"))});`;
    const { stderr } = spawnSync(process.execPath, ["-e", probe], { encoding: "utf8" });
    assert.match(stderr, /operator\/main\.ts/);
    assert.doesNotMatch(stderr, /node_modules\/(@pulumi|@google|google-|pg|zod|yaml)/);
  });

  it("loses no move when several are made at the same time", async () => {
    const names = ["CLOUD_SQL_PASSWORD", "SECRET_KEY", "FIRST_SUPERUSER_PASSWORD"];
    const ran = await Promise.all(names.map((name) => bench.rekey(["stage", name, "--json"])));
    const written = names.filter((_name, index) => ran[index]?.code === 0);
    assert.ok(written.length > 0);
    for (const one of ran) if (one.code !== 0) assert.equal(json(one).error.code, "file-changed");
    const staged = Object.entries(records()).filter(
      ([name, record]) => names.includes(name) && Object.keys(record.slots as object).length === 2,
    );
    assert.deepEqual(staged.map(([name]) => name).sort(), [...written].sort());
  });
});
