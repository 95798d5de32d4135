import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Bench, openBench } from "../../test/policies/programs/preview";
import { median } from "../measure";
import { program } from "./program";
import { typedEngine } from "./typed-engine";

/** How much longer a preview may take with the pack. */
export const LIMIT = 1.25;

/** What is previewed: a stack of which nothing is there, or one that is deployed, as in a pull request. */
export const STACKS = ["new", "deployed"] as const;
export type Stack = (typeof STACKS)[number];

/** With what: no pack, one of a single rule that looks at nothing, or ours. The second is what any pack costs. */
export const PACKS = ["none", "empty", "rekey"] as const;
export type Pack = (typeof PACKS)[number];
const FOLDERS = { none: false, empty: join(__dirname, "empty-pack"), rekey: true } as const;

/** What one preview took: seconds on the clock, and of processor time of all that takes part; the latter is 0 where the system does not tell. */
export interface Took {
  readonly clock: number;
  readonly processor: number;
}

/** Medians over the rounds; a ratio is the median of the rounds' ratios to no pack, which is not the ratio of the medians. */
export type Cost = Readonly<Record<Pack, Took & { readonly ratio: Took }>>;

/**
 * Previews a program of many resources with each pack in turn and in changing order, so that what else the machine does meets all alike.
 *
 * @throws Error when a preview fails, as it does where the pack finds something: then it was no preview of this program.
 */
export async function costOf(stack: Stack, resources: number, rounds: number): Promise<Cost> {
  const bench = await openBench(typedEngine);
  try {
    if (stack === "deployed") await timed(bench, "up", resources, "none");
    // Fills caches; not counted.
    await timed(bench, "preview", resources, "rekey");
    const took: Record<Pack, Took>[] = [];
    for (let round = 0; round < rounds; round++) {
      const order = PACKS.map((_, at) => PACKS[(at + round) % PACKS.length]!);
      const one: Partial<Record<Pack, Took>> = {};
      for (const pack of order) one[pack] = await timed(bench, "preview", resources, pack);
      took.push(one as Record<Pack, Took>);
    }
    return {
      none: compared(took, "none"),
      empty: compared(took, "empty"),
      rekey: compared(took, "rekey"),
    };
  } finally {
    bench.close();
  }
}

async function timed(
  bench: Bench,
  verb: "preview" | "up",
  resources: number,
  pack: Pack,
): Promise<Took> {
  const [began, before] = [performance.now(), processorSeconds()];
  const { failed, said } = await bench.run(verb, () => program(resources), {
    pack: FOLDERS[pack],
    known: true,
  });
  const clock = (performance.now() - began) / 1000;
  if (failed) throw new Error(`the ${verb} did not pass: ${said.slice(-400)}`);
  return { clock, processor: processorSeconds() - before };
}

function compared(rounds: readonly Record<Pack, Took>[], pack: Pack): Cost[Pack] {
  const middle = (of: (round: Record<Pack, Took>) => number) => median(rounds.map(of));
  return {
    clock: middle((round) => round[pack].clock),
    processor: middle((round) => round[pack].processor),
    ratio: {
      clock: middle((round) => round[pack].clock / round.none.clock),
      processor: middle((round) => round[pack].processor / (round.none.processor || 1)),
    },
  };
}

/** Clock ticks a second in which Linux counts, whatever the kernel's own rate is. */
const TICKS = 100;

/** Processor time of this process and of the children that ended, with theirs; 0 where there is no /proc. */
function processorSeconds(): number {
  let text: string;
  try {
    text = readFileSync("/proc/self/stat", "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return 0;
    throw error;
  }
  // The command's name in parentheses may hold blanks; user, system and the children's times are fields 14 to 17.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / TICKS;
}
