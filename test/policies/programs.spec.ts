import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { program as systems } from "../../stacks/index";
import { rules } from "../../policies/index";
import { bad } from "./programs/bad";
import { good } from "./programs/good";
import { Bench, Told, openBench } from "./programs/preview";
import { CANARY, Declare, SETTINGS } from "./programs/program";

const FULL = process.env["REKEY_MATRIX"] === "full";
const ROOT = join(__dirname, "../..");

/** One program of all of those given; the name of each begins what is its own. */
function together(programs: Readonly<Record<string, Declare>>): () => object {
  return () =>
    Object.assign(
      {},
      ...Object.entries(programs).map(([name, declare]) => declare(name)),
    ) as object;
}

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
    for (const policies of [undefined, { all: "mandatory" }]) {
      const { failed, told, said } = await bench.run("preview", together(declared), {
        known: true,
        ...(policies && { policies }),
      });
      assert.ok(failed);
      for (const name of Object.keys(bad)) blocked(told, name);
      assert.doesNotMatch(withoutOutputs(said) + JSON.stringify(told), new RegExp(CANARY));
      runs.push(told.map(({ policy, urn, message }) => `${policy} ${urn} ${message}`).sort());
    }
    assert.deepEqual(runs[1], runs[0]);
  });

  for (const known of [true, false])
    it(`lets every good program pass where generated values are ${known ? "known" : "not known yet"}`, async () => {
      const { failed, told, said } = await bench.run("preview", together(good), { known });
      assert.deepEqual(told, []);
      assert.equal(failed, false, said);
    });

  for (const environment of FULL ? ["dev", "staging", "prod"] : ["prod"])
    it(`lets the systems of ${environment} pass`, async () => {
      const file = readFileSync(join(ROOT, `Pulumi.${environment}.yaml`), "utf8");
      const { config } = parse(file) as { config: Record<string, unknown> };
      const entries = Object.entries(config).map(([key, value]) => {
        const text = typeof value === "string" ? value : JSON.stringify(value);
        return [key, { value: text }] as const;
      });
      await bench.configure(Object.fromEntries(entries));
      const { failed, told, said } = await bench.run("preview", systems, { known: true });
      assert.deepEqual(told, []);
      assert.equal(failed, false, said);
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
      it(`lets ${name} pass by itself`, async () => {
        const { failed, told, said } = await bench.run("preview", together({ [name]: declare }), {
          known: true,
        });
        assert.deepEqual(told, []);
        assert.equal(failed, false, said);
      });
  }
});

/** The engine itself shows the outputs and changes of a program; what is judged here is what the pack says. */
function withoutOutputs(said: string): string {
  return said
    .split("\n")
    .filter((line) => /\[(?:mandatory|advisory)|To mend it|error:|warning:/.test(line))
    .join("\n");
}
