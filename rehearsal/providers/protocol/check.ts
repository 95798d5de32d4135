import { createHash, randomBytes } from "node:crypto";
import type { z } from "zod";
import type { Resource } from "./resource";
import {
  type Decoded,
  formatPath,
  hasUnknown,
  isRecord,
  type Path,
  type Properties,
  UNKNOWN,
} from "./values";

/** What is wrong with inputs, in sentences that name the input and never its value. */
export type Problems = string[];

/**
 * Validates against a strict schema. Leaves that a preview cannot know are accepted wherever they are;
 * everything else is judged as if it were final.
 */
export function validate(schema: z.ZodType, values: Properties, owner: string): Problems {
  const result = schema.safeParse(values);
  if (result.success) return [];
  const unknown = unknownPaths(values, []);
  return result.error.issues
    .filter((issue) => !excused(issue.path as Path, issue.code, unknown))
    .flatMap((issue) => describeIssue(issue, owner));
}

function describeIssue(issue: z.core.$ZodIssue, owner: string): Problems {
  const path = issue.path as Path;
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => `unknown input "${formatPath([...path, key])}" of ${owner}`);
  }
  const where = path.length > 0 ? `input "${formatPath(path)}" of ${owner}` : owner;
  return [`${where}: ${issue.message}`];
}

function excused(path: Path, code: string, unknown: readonly Path[]): boolean {
  return unknown.some((hole) => {
    const [short, long] = hole.length <= path.length ? [hole, path] : [path, hole];
    const related = short.every((step, index) => step === long[index]);
    // A hole below the complaint excuses rules about the whole (unions, refinements), not stray keys.
    return related && (hole.length <= path.length || /union|custom/.test(code));
  });
}

function unknownPaths(value: unknown, path: Path): Path[] {
  if (value === UNKNOWN) return [path];
  if (Array.isArray(value)) {
    return value.flatMap((entry, index) => unknownPaths(entry, [...path, index]));
  }
  if (!isRecord(value)) return [];
  return Object.entries(value).flatMap(([key, entry]) => unknownPaths(entry, [...path, key]));
}

/** Inputs after what the resource turns is turned, entry by entry; the entries that are there already give way. */
export function turned({ turns }: Pick<Resource<never>, "turns">, inputs: Decoded): Decoded {
  const given = turns && inputs.values[turns.from];
  if (turns === undefined || !isRecord(given) || hasUnknown(given)) return inputs;
  const { from, to, entry } = turns;
  const { [from]: gone, ...rest } = inputs.values;
  void gone;
  const made = Object.entries(given).map(([key, value]) => [key, entry(String(value))] as const);
  const there = isRecord(rest[to]) ? rest[to] : {};
  return {
    values: { ...rest, [to]: { ...there, ...Object.fromEntries(made) } },
    secrets: inputs.secrets.map((path) => (path[0] === from ? [to, ...path.slice(1)] : path)),
  };
}

/** Adds defaults and, where the program gave no name, one derived from the resource's name. */
export function complete<Client>(
  resource: Resource<Client>,
  inputs: Properties,
  old: Properties,
  name: string,
  seed: Uint8Array,
): Properties {
  const result = { ...resource.defaults, ...inputs };
  const { autoName } = resource;
  if (autoName && result[autoName] === undefined) {
    result[autoName] = old[autoName] ?? `${name}-${suffix(seed, name)}`;
  }
  return result;
}

// The engine's seed makes the name of the preview the name of the update.
function suffix(seed: Uint8Array, name: string): string {
  const source =
    seed.length > 0 ? createHash("sha256").update(seed).update(name).digest() : randomBytes(8);
  return source.toString("hex").slice(0, 7);
}
