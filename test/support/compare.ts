import { Registered, keyOf } from "./mocks";

/** What one run declares more, less or otherwise than another. */
export interface Difference {
  /** Resources by name that only the later run has, in alphabetical order. */
  readonly added: readonly string[];
  /** Resources by name that only the earlier run has. */
  readonly removed: readonly string[];
  /** By the name of a resource that both have: the paths of its inputs and options that are not the same. */
  readonly changed: Readonly<Record<string, readonly string[]>>;
}

/** The whole difference between two sets of resources: inputs, options and parents. Dependencies follow from the inputs. */
export function difference(
  before: readonly Registered[],
  after: readonly Registered[],
): Difference {
  const earlier = byKey(before);
  const later = byKey(after);
  const changed: Record<string, string[]> = {};
  for (const [key, one] of later) {
    const other = earlier.get(key);
    const paths = other ? pathsThatDiffer(other, { ...one, dependencies: other.dependencies }) : [];
    if (paths.length > 0) changed[one.name] = paths;
  }
  return { added: only(later, earlier), removed: only(earlier, later), changed };
}

function byKey(resources: readonly Registered[]): Map<string, Registered> {
  return new Map(resources.map((one) => [keyOf(one), one]));
}

function only(here: Map<string, Registered>, there: Map<string, Registered>): string[] {
  return [...here]
    .filter(([key]) => !there.has(key))
    .map(([, { name }]) => name)
    .sort();
}

/** The paths, such as `inputs.template.containers[0].image`, at which two values are not the same. */
export function pathsThatDiffer(one: unknown, other: unknown, path = ""): string[] {
  if (!isContainer(one) || !isContainer(other) || Array.isArray(one) !== Array.isArray(other))
    return Object.is(one, other) ? [] : [path];
  const keys = [...new Set([...Object.keys(one), ...Object.keys(other)])].sort();
  return keys.flatMap((key) =>
    pathsThatDiffer(
      (one as Record<string, unknown>)[key],
      (other as Record<string, unknown>)[key],
      Array.isArray(one) ? `${path}[${key}]` : path ? `${path}.${key}` : key,
    ),
  );
}

function isContainer(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
