import { readdirSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { MOVES } from "../../components";
import { rehearseCommand } from "../../rehearsal/command";
import { ROOT, blocks, pages, textOf } from "./markdown";

type Factory = (name?: string) => Command;

/** Every command of `rekey`, by name, made as the command line makes it but without anything that would run. */
export function commands(): ReadonlyMap<string, Command> {
  const folder = join(ROOT, "operator/commands");
  const made = readdirSync(folder)
    .map((file) => require(join(folder, file)) as Record<string, Factory>)
    .flatMap((exported) =>
      Object.entries(exported)
        .filter(([name]) => name.endsWith("Command"))
        .flatMap(([name, make]) =>
          name === "moveCommand" ? MOVES.map((move) => make(move)) : [make()],
        ),
    );
  return new Map([...made, rehearseCommand()].map((command) => [command.name(), command]));
}

/** A command line as a page shows it. */
export interface Shown {
  readonly place: string;
  readonly line: string;
}

/** Every line of a shell block, whatever it runs. */
export function shellLines(): Shown[] {
  return blocks("sh").flatMap(({ place, text }) =>
    text
      .split("\n")
      .filter((line) => line.trim() !== "" && !line.startsWith("#"))
      .map((line) => ({ place, line })),
  );
}

/** Every `rekey …` of a shell block, and every one in a code span that is more than the command's name. */
export function rekeyLines(): Shown[] {
  const spans = pages().flatMap((page) =>
    [...textOf(page).matchAll(/`(?:npx )?(rekey [^`\n]+)`/g)].map(({ 1: line = "" }) => ({
      place: page,
      line,
    })),
  );
  const run = shellLines().flatMap(({ place, line }) =>
    line
      .split(/\s*(?:&&|\|)\s*/)
      .filter((part) => part.startsWith("rekey "))
      .map((part) => ({ place, line: part })),
  );
  return [...run, ...spans];
}

/** The words of a command line: what stands in quotes is one. */
export function words(line: string): string[] {
  return [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
    ({ 1: double, 2: single, 3: bare }) => double ?? single ?? bare ?? "",
  );
}
