/**
 * What the policy pack costs: the preview of a program of many resources with the pack, with a pack that looks at nothing, and with none,
 * on the real engine with a fake provider. See bench/policies/README.md.
 */
import { Command, InvalidArgumentError, Option } from "commander";
import { Cost, LIMIT, PACKS, Pack, STACKS, Stack, Took, costOf } from "./cost";

interface Options {
  readonly stack: Stack | "both";
  readonly resources: number;
  readonly rounds: number;
  readonly json: boolean;
}

const WORDS: Readonly<Record<Pack, string>> = {
  none: "without a pack",
  empty: "a pack of one empty rule",
  rekey: "this pack",
};

async function run({ stack, resources, rounds, json }: Options): Promise<void> {
  const costs: Partial<Record<Stack, Cost>> = {};
  for (const each of STACKS)
    if (stack === "both" || stack === each) {
      const cost = (costs[each] = await costOf(each, resources, rounds));
      if (!json) console.log(told(each, resources, cost));
      if (cost.rekey.ratio.clock > LIMIT) process.exitCode = 1;
    }
  if (json) console.log(JSON.stringify({ resources, rounds, limit: LIMIT, ...costs }));
  else console.log(`medians of ${rounds} rounds; at most ${LIMIT} times on the clock is allowed`);
}

function told(stack: Stack, resources: number, cost: Cost): string {
  const title = `a ${stack} stack of ${resources} resources`.padEnd(40);
  const lines = PACKS.map((pack) => {
    const { ratio, ...took } = cost[pack];
    return `  ${WORDS[pack].padEnd(38)}${column(took, ratio, "clock")}${column(took, ratio, "processor")}`;
  });
  return [`${title}${"on the clock".padEnd(20)}processor time`, ...lines].join("\n");
}

function column(took: Took, ratio: Took, what: keyof Took): string {
  return `${took[what].toFixed(1)} s, ${ratio[what].toFixed(2)} times`.padEnd(20);
}

function wholeNumber(given: string): number {
  if (/^[1-9]\d{0,4}$/.test(given)) return Number(given);
  throw new InvalidArgumentError("A whole number from 1 to 99999 is wanted.");
}

new Command("policies")
  .description("measure what the policy pack adds to a preview")
  .addOption(
    new Option("--stack <which>", "what is previewed").choices([...STACKS, "both"]).default("both"),
  )
  .option("--resources <number>", "resources of the program", wholeNumber, 1000)
  .option("--rounds <number>", "previews of each kind", wholeNumber, 5)
  .option("--json", "print the figures for a script", false)
  .action(run)
  .parse();
