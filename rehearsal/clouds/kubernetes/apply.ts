/**
 * Server-side apply, as far as one manager and an occasional other one need it: who applied which field is remembered, a field that its
 * manager leaves out goes, and a field that another one holds with another value is a conflict unless it is forced.
 */
import { isDeepStrictEqual } from "node:util";
import { StatusError } from "./errors";
import { type Holder, type Ownership, type Path, type Step, textOf } from "./managed-fields";
import type { KubeObject } from "./objects";

/** Lists whose entries are told apart by a field of theirs; every other list is one value. */
const KEYED: Readonly<Record<string, string>> = {
  containers: "name",
  env: "name",
  ports: "containerPort",
  volumes: "name",
  volumeMounts: "mountPath",
  subjects: "name",
};

/** The new state of an object after `applied` by `manager`. Changes `owners`. @throws 409 with the fields that another manager holds. */
export function apply(
  live: KubeObject | undefined,
  applied: Record<string, unknown>,
  manager: string,
  force: boolean,
  owners: Ownership,
): Record<string, unknown> {
  const wanted = new Map(leaves(applied, []).map((leaf) => [textOf(leaf.path), leaf] as const));
  const result = structuredClone(live ?? {}) as Record<string, unknown>;
  const own = owners.of(manager, "Apply");
  const others = owners.others(own);
  const conflicts = others.flatMap((other) =>
    [...wanted]
      .filter(
        ([key, { path, value }]) =>
          other.held.has(key) && !isDeepStrictEqual(at(result, path), value),
      )
      .map(([key]) => ({ other, key })),
  );
  if (conflicts.length > 0 && !force) throw conflict(conflicts, String(applied.apiVersion));
  for (const { other, key } of conflicts) other.held.delete(key);
  for (const [key, path] of own.held) {
    if (!wanted.has(key) && !others.some(({ held }) => held.has(key))) remove(result, path);
  }
  for (const { path, value } of wanted.values()) set(result, path, value);
  own.held.clear();
  for (const [key, { path }] of wanted) own.held.set(key, path);
  return ordered(result, applied, undefined) as Record<string, unknown>;
}

/** Notes who changed what in a replacement: the fields that are new or other than before are then the writer's. */
export function claim(
  before: KubeObject,
  after: KubeObject,
  manager: string,
  owners: Ownership,
): void {
  const own = owners.of(manager, "Update");
  for (const { path, value } of leaves(after, [])) {
    if (isDeepStrictEqual(at(before, path), value)) continue;
    const key = textOf(path);
    for (const { held } of owners.others(own)) held.delete(key);
    own.held.set(key, path);
  }
}

function conflict(
  found: readonly { other: Holder; key: string }[],
  apiVersion: string,
): StatusError {
  const causes = found.map(({ other: { manager, operation }, key }) => ({
    reason: "FieldManagerConflict",
    field: `.${key}`,
    message: `conflict with "${manager}"${operation === "Update" ? ` using ${apiVersion}` : ""}`,
  }));
  const list = causes.map(({ message, field }) => `${message}: ${field}`);
  return new StatusError(
    409,
    "Conflict",
    `Apply failed with ${found.length} conflict${found.length > 1 ? "s" : ""}: ${list.join("; ")}`,
    causes,
  );
}

/** Brings the entries of lists to the order in which they were applied; those of other managers stay before the entry that they preceded. */
function ordered(value: unknown, applied: unknown, key: string | undefined): unknown {
  if (isRecord(value) && isRecord(applied))
    return Object.fromEntries(
      Object.entries(value).map(([name, inner]) => [name, ordered(inner, applied[name], name)]),
    );
  const by = key === undefined ? undefined : KEYED[key];
  if (by === undefined || !Array.isArray(value) || !Array.isArray(applied)) return value;
  const idOf = (entry: unknown) => (isRecord(entry) ? entry[by] : undefined);
  const given = new Map((applied as unknown[]).map((entry) => [idOf(entry), entry]));
  const rest = [...(value as unknown[])];
  const result: unknown[] = [];
  const foreign = () => {
    while (rest.length > 0 && !given.has(idOf(rest[0]))) result.push(rest.shift());
  };
  for (const [id, entry] of given) {
    foreign();
    const index = rest.findIndex((one) => idOf(one) === id);
    result.push(...rest.splice(index, 1).map((one) => ordered(one, entry, undefined)));
  }
  foreign();
  return result;
}

interface Leaf {
  readonly path: Path;
  readonly value: unknown;
}

/** Set by the server, or names of the object itself: nobody's fields. */
const NOBODYS =
  /^(apiVersion|kind|status|metadata\.(name|namespace|uid|resourceVersion|creationTimestamp|generation|managedFields|ownerReferences).*)$/;

function leaves(value: unknown, path: Path): Leaf[] {
  if (path.length > 0 && NOBODYS.test(textOf(path))) return [];
  const last = path.at(-1);
  if (Array.isArray(value)) {
    const key = typeof last === "string" ? KEYED[last] : undefined;
    const keyed = key !== undefined && value.every((entry) => isRecord(entry) && key in entry);
    if (!keyed) return [{ path, value }];
    return value.flatMap((entry: Record<string, unknown>) =>
      leaves(entry, [...path, { by: key, is: entry[key] }]),
    );
  }
  if (!isRecord(value)) return [{ path, value }];
  const inner = Object.entries(value).flatMap(([key, entry]) => leaves(entry, [...path, key]));
  return Object.keys(value).length > 0 || path.length === 0 ? inner : [{ path, value }];
}

function at(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((inner, step) => {
    if (typeof step === "string") return isRecord(inner) ? inner[step] : undefined;
    return Array.isArray(inner) ? inner.find((one) => isEntry(one, step)) : undefined;
  }, value);
}

function set(root: Record<string, unknown>, path: Path, value: unknown): void {
  let inner: unknown = root;
  path.forEach((step, index) => {
    const last = index === path.length - 1;
    const next = path[index + 1];
    const made = typeof next === "object" ? [] : {};
    if (typeof step === "string") {
      const record = inner as Record<string, unknown>;
      if (last) record[step] = structuredClone(value);
      else if (typeof record[step] !== "object" || record[step] === null) record[step] = made;
      inner = record[step];
      return;
    }
    const list = inner as unknown[];
    const found = list.find((one) => isEntry(one, step));
    if (found === undefined) list.push({ [step.by]: step.is });
    inner = found ?? list.at(-1);
  });
}

function remove(root: unknown, path: Path): void {
  const parent = at(root, path.slice(0, -1));
  const step = path.at(-1);
  const entry = path.at(-2);
  // By its key an entry is found, so the key goes with the entry, and the entry once nothing else is in it.
  const isKey = typeof entry === "object" && entry.by === step;
  if (typeof step === "string") {
    if (isRecord(parent) && !isKey) delete parent[step];
  } else if (step !== undefined && Array.isArray(parent)) {
    const index = parent.findIndex((one) => isEntry(one, step));
    if (index >= 0) parent.splice(index, 1);
  }
  // What is left empty by it goes too: an entry of a list of which only the key is left is none.
  if (path.length > 1 && isHollow(at(root, path.slice(0, -1)), path.at(-2))) {
    remove(root, path.slice(0, -1));
  }
}

function isHollow(value: unknown, step: Step | undefined): boolean {
  if (Array.isArray(value)) return value.length === 0;
  if (!isRecord(value)) return false;
  const keys = Object.keys(value);
  return (
    keys.length === 0 || (typeof step === "object" && keys.length === 1 && keys[0] === step.by)
  );
}

function isEntry(value: unknown, step: Exclude<Step, string>): boolean {
  return isRecord(value) && isDeepStrictEqual(value[step.by], step.is);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
