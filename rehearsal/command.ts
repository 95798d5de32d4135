import { Command, InvalidArgumentError, Option } from "commander";
import type { RehearseArguments } from "./run";

/** `rekey rehearse`: the whole rotation on this machine. */
export function rehearseCommand(): Command {
  return new Command("rehearse")
    .description("rotate every secret of a system on this machine, on local clouds, and prove it")
    .addOption(
      new Option("--systems <names>", "systems, separated by commas")
        .argParser((text: string) => text.split(",").map((name) => name.trim()))
        .default(["capanel"], "capanel"),
    )
    .option("--rate <number>", "requests a second while it rotates", number(1, 1000), 50)
    .addOption(
      new Option(
        "--backend <names>",
        "stores of the systems that let a stack choose (project): aws, vault or both, separated by a comma",
      )
        .argParser(backends)
        .default(["aws"], "aws"),
    )
    .addOption(
      new Option(
        "--providers <which>",
        "local: our own provider servers; official: the official plugins",
      )
        .choices(["local", "official"])
        .default("local"),
    )
    .option(
      "--overlap <seconds>",
      "seconds in which old and new revisions both serve",
      number(0, 600),
      5,
    )
    .option(
      "--google-port <port>",
      "port of the fake of Google Cloud; any free one unless set",
      number(1, 65535),
    )
    .option(
      "--postgres-port <port>",
      "port of PostgreSQL; any free one unless set",
      number(1, 65535),
    )
    .option(
      "--keep",
      "leave the clouds of one system running and say how to reach them (not those of project)",
      false,
    )
    .option("--end <folder>", "end the clouds of an earlier --keep, by the folder that it named")
    .option("--json", "one JSON document on standard output; progress on standard error", false)
    .addHelpText(
      "after",
      `
Examples:
  rekey rehearse                                    capanel, 50 requests a second
  rekey rehearse --systems capanel --rate 50 --json
  rekey rehearse --systems project --backend vault
  rekey rehearse --keep                             look around afterwards
  rekey rehearse --end /tmp/rekey-rehearsal-abc123  end what --keep left

Ctrl-C ends everything that it started and removes its files; what a killed rehearsal left is removed by the next one.

Exit code: 0 if everything was as promised, 1 if not, 2 for wrong input (nothing was started).`,
    )
    .action(async (options: RehearseArguments) => {
      const { runRehearse } = require("./run") as typeof import("./run");
      await runRehearse(options);
    });
}

function backends(text: string): string[] {
  const names = text.split(",").map((name) => name.trim());
  const known = names.every((name) => name === "aws" || name === "vault");
  if (known && new Set(names).size === names.length) return names;
  throw new InvalidArgumentError("Allowed are aws, vault, or both with a comma between them.");
}

function number(least: number, most: number) {
  return (text: string): number => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`A whole number from ${least} to ${most} is wanted.`);
  };
}
