import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathsThatDiffer } from "../support/compare";
import { Registered, isEnvelope } from "../support/mocks";

const FILE = join(__dirname, "../golden/capanel-resources.json");

/** The command that freezes anew what the program declares now. Read the change of the file before you commit it. */
export const REFREEZE = "UPDATE_GOLDEN=1 node test/run.cjs test/stacks/golden.spec.ts";

/** A resource as it is frozen: the parts of its URN that the program decides, and its inputs without any value of a secret. */
export interface Frozen {
  /** The types from the outermost parent to the resource, joined by `$`. */
  readonly type: string;
  readonly name: string;
  readonly inputs: unknown;
}

/** Frozen resources by the situation that they were declared in. */
export type Golden = Readonly<Record<string, readonly Frozen[]>>;

/** Reads test/golden/capanel-resources.json. */
export function readGolden(): Golden {
  return JSON.parse(readFileSync(FILE, "utf8")) as Golden;
}

/** Writes test/golden/capanel-resources.json; only {@link REFREEZE} does. */
export function writeGolden(golden: Golden): void {
  writeFileSync(FILE, `${JSON.stringify(golden, null, 2)}\n`);
}

/** What of a resource is frozen. */
export function frozen({ urn, inputs }: Registered): Frozen {
  const [type = "", name = ""] = identity(urn).split("::");
  return { type, name, inputs: redacted(inputs) };
}

function identity(urn: string): string {
  return urn.split("::").slice(2).join("::");
}

function redacted(value: unknown): unknown {
  if (isEnvelope(value)) return "[secret]";
  if (Array.isArray(value)) return value.map(redacted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([key, inner]) => [key, redacted(inner)]),
  );
}

/**
 * What is wrong with the names and types of what the program declares now: undefined if the engine finds everything that it had,
 * under its old name or by an alias.
 */
export function renamed(golden: readonly Frozen[], now: readonly Registered[]): string | undefined {
  const had = new Set(golden.map(({ type, name }) => `${type}::${name}`));
  const has = new Set(now.map(({ urn }) => identity(urn)));
  const aliases = new Set(now.flatMap((one) => one.aliases.map(identity)));
  const gone = [...had].filter((one) => !has.has(one) && !aliases.has(one));
  const unknown = [...has].filter((one) => !had.has(one));
  if (gone.length === 0 && unknown.length === 0) return undefined;
  return [
    ...(gone.length > 0
      ? [
          `no longer declared under their logical name or type:\n${list(gone)}`,
          "a rename here replaces what runs: add an alias, `{ aliases: [{ name: <the old name> }] }`, to what was renamed;",
          "the children of a component inherit it",
        ]
      : []),
    ...(unknown.length > 0 ? [`declared under names that are not frozen:\n${list(unknown)}`] : []),
    `where that is meant, freeze anew and say so in the changelog: ${REFREEZE}`,
  ].join("\n");
}

/** What is wrong with the inputs of what has kept its name: undefined if nothing is. */
export function changedInputs(
  golden: readonly Frozen[],
  now: readonly Registered[],
): string | undefined {
  const inputs = new Map(now.map((one) => [identity(one.urn), frozen(one).inputs]));
  const paths = golden.flatMap(({ type, name, inputs: before }) => {
    const after = inputs.get(`${type}::${name}`);
    return after === undefined
      ? []
      : pathsThatDiffer(before, after, "inputs").map((path) => `${name}: ${path}`);
  });
  if (paths.length === 0) return undefined;
  return [
    `inputs that are not as they were frozen:\n${list(paths)}`,
    "the next `up` of every stack changes what runs there, and some inputs replace it;",
    `where that is meant, freeze anew and say so in the changelog: ${REFREEZE}`,
  ].join("\n");
}

function list(lines: readonly string[]): string {
  return lines.map((line) => `  ${line}`).join("\n");
}
