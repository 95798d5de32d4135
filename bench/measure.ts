import { spawnSync } from "node:child_process";
import { join } from "node:path";

/** A command to measure: what Node is given after its own name. */
export interface Case {
  readonly name: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** What one run took. */
export interface Sample {
  /** Processor time, user and system, of the process and of the children that it waited for. Milliseconds. */
  readonly cpuMs: number;
  /** The most memory that the process itself held. Megabytes. */
  readonly peakMb: number;
}

const REPORT = join(__dirname, "report.cjs");
const LONGEST_MS = 120_000;

/**
 * Runs a command once in a Node of its own.
 *
 * @throws Error with the command's own words when it fails; a failed run is no measurement.
 */
export function measure({ name, args, env }: Case, cwd: string): Sample {
  const child = spawnSync(process.execPath, ["--require", REPORT, ...args], {
    cwd,
    env: { ...process.env, NODE_OPTIONS: "", ...env },
    stdio: ["ignore", "ignore", "pipe", "pipe"],
    encoding: "utf8",
    timeout: LONGEST_MS,
  });
  if (child.status !== 0)
    throw new Error(
      `${name} failed (${child.signal ?? `exit code ${child.status}`}): ${said(child.stderr)}`,
    );
  return JSON.parse(child.output[3] ?? "") as Sample;
}

/** Runs every command once a round, in turn, so that what else the machine does meets them all alike. */
export function measureAll(
  cases: readonly Case[],
  rounds: number,
  cwd: string,
): ReadonlyMap<string, readonly Sample[]> {
  const samples = new Map<string, Sample[]>(cases.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++)
    for (const one of cases) samples.get(one.name)?.push(measure(one, cwd));
  return samples;
}

/** The value in the middle; of an even number, the mean of the two. */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new Error("nothing was measured");
  const sorted = [...values].sort((one, other) => one - other);
  const middle = Math.floor(sorted.length / 2);
  const [low = 0, high = 0] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[middle]];
  return (low + high) / 2;
}

/** The median over the rounds of one command's processor time divided by the other's in the same round. */
export function ratio(samples: readonly Sample[], base: readonly Sample[]): number {
  return median(samples.map(({ cpuMs }, round) => cpuMs / (base[round]?.cpuMs ?? Number.NaN)));
}

function said(stderr: string): string {
  return stderr.trim().split("\n").slice(-3).join(" ") || "it said nothing";
}
