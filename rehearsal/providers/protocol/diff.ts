import type { Resource } from "./resource";
import { formatPath, hasUnknown, isRecord, matches, type Path, type Properties } from "./values";

/** One difference between old and wanted inputs. */
export interface Change {
  path: Path;
  kind: "add" | "delete" | "update";
  replace: boolean;
}

/** What would happen to a resource. */
export interface Difference {
  changes: Change[];
  /** Top-level inputs that changed. */
  changed: string[];
  /** Top-level inputs whose change replaces. */
  replaces: string[];
  deleteBeforeReplace: boolean;
}

type Rules = Pick<
  Resource<never>,
  "replaceOn" | "inPlace" | "serverFilled" | "keyedLists" | "normalize" | "deleteBeforeReplace"
>;

/**
 * Compares old inputs with wanted ones, leaf by leaf, so that previews and `replaceOnChanges` are exact.
 * An unknown leaf counts as changed, because it may be.
 */
export function diff(rules: Rules, oldInputs: Properties, wantedInputs: Properties): Difference {
  const normalize = rules.normalize ?? ((inputs: Properties) => inputs);
  const [old, wanted] = [normalize(oldInputs), normalize(wantedInputs)];
  const changes = compare(old, wanted, [], rules).map((change) => ({
    ...change,
    replace:
      (rules.replaceOn ?? []).some((pattern) => matches(pattern, change.path)) &&
      !(rules.inPlace ?? []).some((pattern) => matches(pattern, change.path)),
  }));
  const top = (some: typeof changes) => [...new Set(some.map(({ path }) => String(path[0])))];
  const replaces = top(changes.filter(({ replace }) => replace));
  return {
    changes,
    changed: top(changes),
    replaces,
    deleteBeforeReplace:
      replaces.length > 0 && (rules.deleteBeforeReplace?.(oldInputs, wantedInputs) ?? false),
  };
}

type Bare = Omit<Change, "replace">;

function compare(old: unknown, wanted: unknown, path: Path, rules: Rules): Bare[] {
  if (Array.isArray(old) && Array.isArray(wanted)) return compareLists(old, wanted, path, rules);
  if (isRecord(old) && isRecord(wanted)) {
    const keys = [...new Set([...Object.keys(old), ...Object.keys(wanted)])];
    return keys.flatMap((key) => compare(old[key], wanted[key], [...path, key], rules));
  }
  if (wanted === undefined) {
    const kept = old === undefined || isServerFilled(path, rules) || isHollow(old, path, rules);
    return kept ? [] : [{ path, kind: "delete" }];
  }
  if (old === undefined) return isHollow(wanted, path, rules) ? [] : [{ path, kind: "add" }];
  return !hasUnknown(wanted) && old === wanted ? [] : [{ path, kind: "update" }];
}

function compareLists(old: unknown[], wanted: unknown[], path: Path, rules: Rules): Bare[] {
  const key = listKey(path, rules);
  const before = key === undefined ? old : align(old, wanted, key);
  const length = Math.max(before.length, wanted.length);
  return Array.from({ length }, (_, index) =>
    compare(before[index], wanted[index], [...path, index], rules),
  ).flat();
}

/** Orders `list` as `model` is ordered, entry by entry of equal key; entries of `list` alone come last. */
export function align(list: readonly unknown[], model: readonly unknown[], key: string): unknown[] {
  const keyOf = (entry: unknown) => (isRecord(entry) ? entry[key] : entry);
  const matching = model.map((entry) => list.find((one) => keyOf(one) === keyOf(entry)));
  return [...matching, ...list.filter((one) => !matching.includes(one))];
}

/** The key of a list in which order means nothing, if `path` is one. */
export function listKey(path: Path, rules: Pick<Rules, "keyedLists">): string | undefined {
  const found = Object.entries(rules.keyedLists ?? {}).find(
    ([pattern]) =>
      pattern.replaceAll("[*]", ".*").split(".").length === path.length && matches(pattern, path),
  );
  return found?.[1];
}

function isServerFilled(path: Path, rules: Pick<Rules, "serverFilled">): boolean {
  return (rules.serverFilled ?? []).some((pattern) => matches(pattern, path));
}

// An empty map or list, a zero or false mean the same as none to Google's APIs, which leave them out.
function isHollow(value: unknown, path: Path, rules: Pick<Rules, "serverFilled">): boolean {
  if (value === "" || value === 0 || value === false) return true;
  if (Array.isArray(value)) return value.length === 0;
  if (!isRecord(value)) return false;
  return Object.entries(value).every(
    ([key, entry]) =>
      isServerFilled([...path, key], rules) || isHollow(entry, [...path, key], rules),
  );
}

/**
 * Inputs as a refresh should record them: what the server has, in the form of what the program said
 * last. Fields that the server merely filled in stay out; write-only ones stay as they were.
 */
export function project(
  rules: Pick<Resource<never>, "serverFilled" | "writeOnly" | "keyedLists" | "normalize">,
  live: Properties,
  old: Properties,
): Properties {
  const result = reconcile(live, old, [], rules) as Properties;
  for (const property of rules.writeOnly ?? []) {
    if (old[property] !== undefined) result[property] = old[property];
  }
  return result;
}

function reconcile(live: unknown, old: unknown, path: Path, rules: Rules): unknown {
  if (compare(old, live, path, { ...rules, serverFilled: [] }).length === 0) return old ?? live;
  if (Array.isArray(live) && Array.isArray(old)) {
    const key = listKey(path, rules);
    const ordered =
      key !== undefined ? align(live, old, key).filter((entry) => entry !== undefined) : live;
    return ordered.map((entry, index) => reconcile(entry, old[index], [...path, index], rules));
  }
  if (!isRecord(live) || (old !== undefined && !isRecord(old))) return live;
  const known = isRecord(old) ? old : {};
  return Object.fromEntries(
    Object.entries(live)
      .filter(([key]) => key in known || !isServerFilled([...path, key], rules))
      .map(([key, entry]) => [key, reconcile(entry, known[key], [...path, key], rules)]),
  );
}

/** The differences as the engine's detailed diff names them. */
export function detailed(difference: Difference): [path: string, kind: string][] {
  return difference.changes.map(({ path, kind, replace }) => [
    formatPath(path),
    replace ? `${kind.toUpperCase()}_REPLACE` : kind.toUpperCase(),
  ]);
}
