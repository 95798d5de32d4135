/** `metadata.managedFields`: who holds which field of an object. It is kept nowhere else, so whoever changes it changes who holds what. */
import { seconds } from "./objects";

/** One step to a field: a key, or an entry of a list by the entry's own key. */
export type Step = string | { readonly by: string; readonly is: unknown };
export type Path = readonly Step[];

/** How a manager came to hold a field. One name is two managers where it writes in both ways. */
export type Operation = "Apply" | "Update";

/** The tree of fields: `f:<key>` and `k:<key and value of a list's entry>`, with nothing below a field that is held whole. */
export interface Fields {
  [step: string]: Fields;
}

/** What one manager holds, as objects carry it. */
export interface ManagedFieldsEntry {
  manager: string;
  operation: Operation;
  apiVersion: string;
  time: string;
  fieldsType: "FieldsV1";
  fieldsV1: Fields;
}

/** What one manager holds: paths by their texts. */
export interface Holder {
  readonly manager: string;
  readonly operation: Operation;
  readonly held: Map<string, Path>;
}

/** What every manager of an object holds. */
export class Ownership {
  private readonly holders = new Map<string, Holder>();

  /** Reads the entries of an object. Those without fields hold nothing, as the one empty entry that takes everything from everyone. */
  constructor(entries: readonly Partial<ManagedFieldsEntry>[] = []) {
    for (const { manager = "", operation = "Update", fieldsV1 = {} } of entries) {
      const { held } = this.of(manager, operation);
      for (const path of pathsOf(fieldsV1, [])) held.set(textOf(path), path);
    }
  }

  /** What a manager holds, to be changed in place. */
  of(manager: string, operation: Operation): Holder {
    const key = `${operation} ${manager}`;
    const holder = this.holders.get(key) ?? { manager, operation, held: new Map<string, Path>() };
    this.holders.set(key, holder);
    return holder;
  }

  /** All but one. */
  others(holder: Holder): Holder[] {
    return [...this.holders.values()].filter((other) => other !== holder);
  }

  /** As an object carries it; an entry that says what it said in `before` keeps its time. */
  entries(apiVersion: string, before: readonly ManagedFieldsEntry[] = []): ManagedFieldsEntry[] {
    return [...this.holders.values()]
      .filter(({ held }) => held.size > 0)
      .map(({ manager, operation, held }) => {
        const fieldsV1 = fieldsOf([...held.keys()].sort().map((key) => held.get(key) as Path));
        const same = before.find(
          (one) =>
            one.manager === manager &&
            one.operation === operation &&
            JSON.stringify(one.fieldsV1) === JSON.stringify(fieldsV1),
        );
        const time = same?.time ?? seconds();
        return { manager, operation, apiVersion, time, fieldsType: "FieldsV1", fieldsV1 };
      });
  }
}

/** A path as messages tell it, without the first dot: `spec.containers[name=app].image`. */
export function textOf(path: Path): string {
  return path
    .map((step) => (typeof step === "string" ? `.${step}` : `[${step.by}=${String(step.is)}]`))
    .join("")
    .replace(/^\./, "");
}

function fieldsOf(paths: readonly Path[]): Fields {
  const root: Fields = {};
  for (const path of paths) {
    let node = root;
    for (const step of path) {
      node = node[keyOf(step)] ??= {};
      // An entry of a list is held itself, beside what is in it.
      if (typeof step !== "string") node["."] ??= {};
    }
  }
  return root;
}

function pathsOf(fields: Fields, path: Path): Path[] {
  return Object.entries(fields).flatMap(([key, below]) => {
    if (key === ".") return [];
    const here = [...path, stepOf(key)];
    return Object.keys(below).some((inner) => inner !== ".") ? pathsOf(below, here) : [here];
  });
}

function keyOf(step: Step): string {
  return typeof step === "string" ? `f:${step}` : `k:${JSON.stringify({ [step.by]: step.is })}`;
}

function stepOf(key: string): Step {
  if (key.startsWith("f:")) return key.slice(2);
  const [[by, is]] = Object.entries(JSON.parse(key.slice(2)) as object) as [[string, unknown]];
  return { by, is };
}
