/**
 * What it costs to start: the program transpiled on the fly against the same program compiled before, and the command line against a
 * bare Node. Processor time, as ratios within one run, because seconds depend on the machine. See bench/README.md.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { table } from "../operator/table";
import { Case, Sample, measure, measureAll, median, ratio } from "./measure";
import { precompile } from "./precompile";

const ROOT = resolve(__dirname, "..");
const SETTINGS = join(ROOT, "Pulumi.prod.yaml");
/** How much more processor time the program may take transpiled on the fly, with a warm cache, than compiled before. */
const LIMIT = 1.25;
/** What bin/rekey.cjs and stacks/main.cjs load TypeScript with. */
const LOADER = join(__dirname, "../bin/transpile.cjs");

interface Row {
  readonly name: string;
  readonly cpuMs: number;
  readonly peakMb: number;
  /** Against what, and how many times its processor time. */
  readonly against: string;
  readonly ratio: number;
}

interface Options {
  readonly rounds: number;
  readonly json: boolean;
}

/** The commands by their name; each but the bases is held against one of the others. */
function casesIn(scratch: string): Readonly<Record<string, Case & { readonly against?: string }>> {
  const rekey = join(ROOT, "bin/rekey.cjs");
  const compiled = precompile(ROOT, join(scratch, "compiled"));
  const onTheFly = (file: string) => ["--require", LOADER, join(ROOT, "bench", file), SETTINGS];
  const packages = { NODE_PATH: join(ROOT, "node_modules") };
  const cases: (Case & { against?: string })[] = [
    { name: "node -e 0", args: ["-e", "0"] },
    { name: "rekey --help", args: [rekey, "--help"], against: "node -e 0" },
    { name: "rekey status", args: [rekey, "status", "-s", "prod"], against: "node -e 0" },
    {
      name: "program, compiled before",
      args: [join(compiled, "declare.js"), SETTINGS],
      env: packages,
    },
    {
      name: "program, on the fly",
      args: onTheFly("declare.ts"),
      against: "program, compiled before",
    },
    {
      name: "program, on the fly, no cache",
      args: onTheFly("declare.ts"),
      env: { XDG_CACHE_HOME: "/dev/null" },
      against: "program, compiled before",
    },
    {
      name: "preview, compiled before",
      args: [join(compiled, "preview.js"), SETTINGS],
      env: packages,
    },
    {
      name: "preview, on the fly",
      args: onTheFly("preview.ts"),
      against: "preview, compiled before",
    },
  ];
  return Object.fromEntries(cases.map((one) => [one.name, one]));
}

function rowsOf(
  cases: ReturnType<typeof casesIn>,
  samples: ReadonlyMap<string, readonly Sample[]>,
): Row[] {
  return Object.values(cases).map(({ name, against = name }) => {
    const own = samples.get(name) ?? [];
    return {
      name,
      cpuMs: median(own.map(({ cpuMs }) => cpuMs)),
      peakMb: median(own.map(({ peakMb }) => peakMb)),
      against,
      ratio: ratio(own, samples.get(against) ?? []),
    };
  });
}

function text(rows: readonly Row[]): string {
  return table(
    rows,
    [
      { title: "WHAT", value: ({ name }: Row) => name },
      { title: "CPU", value: ({ cpuMs }: Row) => `${Math.round(cpuMs)} ms` },
      { title: "PEAK", value: ({ peakMb }: Row) => `${Math.round(peakMb)} MB` },
      {
        title: "RATIO",
        value: ({ name, against, ratio: times }: Row) =>
          name === against ? "-" : `${times.toFixed(2)} × ${against}`,
      },
    ],
    process.stdout.columns || 100,
  );
}

function run({ rounds, json }: Options): void {
  const scratch = mkdtempSync(join(tmpdir(), "rekey-bench-"));
  try {
    const cases = casesIn(scratch);
    // Fills the loader's cache and the system's; not counted.
    for (const one of Object.values(cases)) measure(one, ROOT);
    const rows = rowsOf(cases, measureAll(Object.values(cases), rounds, ROOT));
    const held = rows.filter(({ name }) => name.endsWith(", on the fly"));
    const within = held.every((row) => row.ratio <= LIMIT);
    const told = held.map((row) => `${row.name}: ${row.ratio.toFixed(2)}`).join(", ");
    const verdict = `${told} times what is compiled before; at most ${LIMIT} is allowed`;
    console.log(
      json
        ? JSON.stringify({ rounds, limit: LIMIT, within, rows }, null, 2)
        : `${text(rows)}\n\n${verdict}`,
    );
    if (!within) process.exitCode = 1;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function wholeNumber(given: string): number {
  if (/^[1-9]\d{0,2}$/.test(given)) return Number(given);
  throw new InvalidArgumentError("A whole number from 1 to 999 is wanted.");
}

new Command("bench")
  .description("measure what it costs to start, as ratios of processor time")
  .option("--rounds <number>", "runs of each command", wholeNumber, 7)
  .option("--json", "one JSON document", false)
  .action(run)
  .parse();
