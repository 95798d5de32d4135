/**
 * What the policy pack costs: the preview of a program of many resources with the pack against the same preview without it, on the real
 * engine with a fake provider. See bench/policies/README.md.
 */
import { Command, InvalidArgumentError } from "commander";
import { Compared, LIMIT, costOf } from "./cost";

interface Options {
  readonly resources: number;
  readonly rounds: number;
  readonly json: boolean;
}

async function run({ resources, rounds, json }: Options): Promise<void> {
  const { seconds, processor } = await costOf(resources, rounds);
  // Other work on the machine lengthens the clock's times by chance, not those of the processor.
  const { ratio } = processor ?? seconds;
  if (json) console.log(JSON.stringify({ resources, rounds, seconds, processor, limit: LIMIT }));
  else {
    console.log(`${resources} resources, medians of ${rounds} rounds`);
    console.log(line("on the clock", seconds));
    if (processor) console.log(line("processor time", processor));
    console.log(`${ratio.toFixed(2)} times; at most ${LIMIT} is allowed`);
  }
  if (ratio > LIMIT) process.exitCode = 1;
}

function line(what: string, { without, withPack, ratio }: Compared): string {
  return `${what}: ${without.toFixed(1)} s without the pack, ${withPack.toFixed(1)} s with it, ${ratio.toFixed(2)} times`;
}

function wholeNumber(given: string): number {
  if (/^[1-9]\d{0,4}$/.test(given)) return Number(given);
  throw new InvalidArgumentError("A whole number from 1 to 99999 is wanted.");
}

new Command("policies")
  .description("measure what the policy pack adds to a preview")
  .option("--resources <number>", "resources of the program", wholeNumber, 1000)
  .option("--rounds <number>", "previews of each kind", wholeNumber, 5)
  .option("--json", "print the figures for a script", false)
  .action(run)
  .parse();
