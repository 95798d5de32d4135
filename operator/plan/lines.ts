import { LineCounter, Node, Pair, isMap, parseDocument } from "yaml";
import { ROTATIONS } from "../../components/records";
import { keyOf, startOf } from "../yaml-places";
import { YAML_OPTIONS } from "../yaml-edit";

/** Finds the line (from 1) of a setting below a record, such as `slots.a`; the nearest line above it that there is. */
export type LineOf = (secret: string | null, at?: string) => number;

/** Where the records stand in a stack's settings file. A file that cannot be read as YAML was refused before. */
export function recordLines(text: string): LineOf {
  const lineAt = lines(text);
  return (secret, at = "") =>
    lineAt(["config", ROTATIONS, ...(secret === null ? [] : [secret]), ...at.split(".")]);
}

/** Where a setting stands; of a structured one the innermost key where it is right below. */
export function settingLines(text: string): (key: string, name: string) => number {
  const lineAt = lines(text);
  return (key, name) => lineAt(["config", key, name]);
}

/** The line (from 1) of the nearest key of a path that there is. */
function lines(text: string): (path: readonly string[]) => number {
  const counter = new LineCounter();
  const { contents } = parseDocument(text, { ...YAML_OPTIONS, lineCounter: counter });
  return (path) => {
    let node: unknown = contents;
    let line = 1;
    for (const key of path.filter((part) => part !== "")) {
      const pair = pairOf(node, key);
      if (pair === undefined) break;
      line = counter.linePos(startOf(pair)).line;
      node = pair.value;
    }
    return line;
  };
}

function pairOf(node: unknown, key: string): Pair | undefined {
  return isMap(node as Node)
    ? (node as { items: Pair[] }).items.find((pair) => keyOf(pair) === key)
    : undefined;
}
