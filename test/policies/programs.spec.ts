import assert from "node:assert/strict";
import { program as systems } from "../../stacks/index";
import { rules } from "../../policies/index";
import { bad } from "./programs/bad";
import { good } from "./programs/good";
import { Bench, RunOptions, Told, openBench } from "./programs/preview";
import { CANARY, Other, SETTINGS, made } from "./programs/program";
import { systemStacks } from "./programs/systems";
import { together, wordsOf } from "./programs/together";

const FULL = process.env["REKEY_MATRIX"] === "full";
/** How a program that must pass is previewed; the matrix has all of it, a usual run some. */
const RUNS: readonly RunOptions[] = [
  { known: true },
  { known: false },
  { known: true, policies: { all: "mandatory" } },
  { known: false, policies: { all: "mandatory" } },
];
const titleOf = ({ known, policies }: RunOptions) =>
  `generated values ${known ? "known" : "not known yet"}${policies ? ", every policy mandatory" : ""}`;
/** One stack of every system; the matrix also has the other environments of capanel. */
const stacks = Object.entries(systemStacks).filter(([name]) => FULL || !/dev|staging/.test(name));

const declared = Object.fromEntries(Object.entries(bad).map(([name, one]) => [name, one.declare]));

/** What was told of one of several programs: of a resource or of an output that begins with its name. */
function toldOf(told: readonly Told[], name: string): Told[] {
  return told.filter(
    ({ urn, message }) => urn.includes(`::${name}-`) || message.includes(` at ${name}-`),
  );
}

function blocked(told: readonly Told[], name: string): void {
  const policies = toldOf(told, name).filter(({ level }) => level === "mandatory");
  const named = policies.map(({ policy }) => policy);
  assert.ok(named.includes(bad[name]!.rule), `${name}: ${named.join(", ") || "nothing"} was told`);
}

describe("the policy pack on whole programs", function () {
  this.timeout(600_000);
  let bench: Bench;

  before(async () => {
    bench = await openBench();
    await bench.configure(SETTINGS);
  });
  after(() => bench.close());

  /** What is told of all bad programs together, by a preview that fails and shows no value. */
  async function refused(run: RunOptions): Promise<readonly Told[]> {
    const { failed, told, said } = await bench.run("preview", together(declared), run);
    assert.ok(failed);
    assert.doesNotMatch(withoutOutputs(said) + JSON.stringify(told), new RegExp(CANARY));
    return told;
  }

  async function passes(program: () => unknown, run: RunOptions): Promise<void> {
    const { failed, told, said } = await bench.run("preview", program, run);
    assert.deepEqual(told, []);
    assert.equal(failed, false, said);
  }

  it("knows at least thirty programs of each kind, and a bad one for every rule that blocks", () => {
    assert.ok(Object.keys(bad).length >= 30 && Object.keys(good).length >= 30);
    const covered = new Set(Object.values(bad).map(({ rule }) => rule));
    const open = rules.filter(
      ({ id, enforcementLevel }) => enforcementLevel === "mandatory" && !covered.has(id),
    );
    assert.deepEqual(
      open.map(({ id }) => id),
      [],
    );
  });

  it("blocks every bad program, the same with every policy set to mandatory, and shows no value", async () => {
    const runs = [];
    for (const policies of [undefined, { all: "mandatory" }])
      runs.push(await refused({ known: true, ...(policies && { policies }) }));
    for (const name of Object.keys(bad)) blocked(runs[0]!, name);
    assert.deepEqual(wordsOf(runs[1]!), wordsOf(runs[0]!));
  });

  it("blocks what is bad in a first preview, which knows no generated value yet", async () => {
    const told = await refused({ known: false });
    for (const name of Object.keys(bad)) blocked(told, name);
  });

  it("stops an update before what is bad is made, and makes nothing that waits for it", async () => {
    const own = await openBench();
    try {
      const program = (password: object) => () => {
        const containers = [{ envs: [{ name: "DB_PASSWORD", ...password }] }];
        const service = new Other("gcp:cloudrunv2/service:Service", "service", {
          template: { containers },
        });
        new Other("example:index:Page", "page", { content: "open" }, { dependsOn: service });
      };
      const { failed, told } = await own.run("up", program({ value: made("an update") }));
      assert.ok(failed);
      assert.deepEqual(
        told.map(({ policy }) => policy),
        ["no-plaintext-credential-in-cloud-run-env"],
      );
      assert.deepEqual(own.created, []);
      const mended = await own.run("up", program({ valueSource: { secretKeyRef: {} } }));
      assert.equal(mended.failed, false, mended.said);
      assert.equal(own.created.length, 2);
    } finally {
      own.close();
    }
  });

  for (const run of FULL ? RUNS : RUNS.slice(0, 3))
    it(`lets every good program pass, ${titleOf(run)}`, () => passes(together(good), run));

  for (const [index, [name, settings]] of stacks.entries())
    for (const run of FULL ? RUNS : [RUNS[index % RUNS.length]!])
      it(`lets ${name} pass, ${titleOf(run)}`, async () => {
        await bench.configure(settings);
        await passes(systems, run);
        await bench.configure(SETTINGS);
      });

  if (FULL) {
    for (const name of Object.keys(bad))
      it(`stops ${name} by itself`, async () => {
        const { failed, told, said } = await bench.run(
          "preview",
          together({ [name]: declared[name]! }),
          { known: true },
        );
        assert.ok(failed, said);
        blocked(told, name);
      });
    for (const [name, declare] of Object.entries(good))
      it(`lets ${name} pass by itself`, () =>
        passes(together({ [name]: declare }), { known: true }));
  }
});

/** The engine itself shows the outputs and changes of a program; what is judged here is what the pack says. */
function withoutOutputs(said: string): string {
  return said
    .split("\n")
    .filter((line) => /\[(?:mandatory|advisory)|To mend it|error:|warning:/.test(line))
    .join("\n");
}
