/** JSON Patch (RFC 6902), as far as it names one place an operation: add, replace, remove and test. */
import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { StatusError } from "./errors";

const OPERATIONS = z
  .array(
    z.strictObject({
      op: z.enum(["add", "replace", "remove", "test"]),
      path: z.string().regex(/^(\/[^/]*)+$/),
      value: z.unknown().optional(),
    }),
  )
  // No operation at all, as some clients write it.
  .nullable();

type Node = Record<string, unknown> | unknown[];

/** The object after the operations, a copy. @throws 400 for what is no such patch, 422 for one that does not fit. Neither quotes a value. */
export function jsonPatch<T extends object>(object: T, operations: unknown): T {
  const parsed = OPERATIONS.safeParse(operations);
  if (!parsed.success)
    throw new StatusError(
      400,
      "BadRequest",
      "the fake knows JSON patches of add, replace, remove and test only",
    );
  const result = structuredClone(object);
  for (const { op, path, value } of parsed.data ?? []) change(result as Node, op, path, value);
  return result;
}

function change(
  root: Node,
  op: "add" | "replace" | "remove" | "test",
  path: string,
  value: unknown,
) {
  const steps = path.slice(1).split("/").map(unescaped);
  const last = steps.pop() as string;
  let node: unknown = root;
  for (const step of steps) node = isNode(node) ? get(node, step) : undefined;
  const missing = !isNode(node) || (op !== "add" && get(node, last) === undefined);
  if (missing) throw unfit(op, path);
  const place = node as Node;
  if (op === "test") {
    if (!isDeepStrictEqual(get(place, last), value)) throw unfit(op, path);
  } else if (Array.isArray(place)) {
    const index = last === "-" ? place.length : Number(last);
    place.splice(index, op === "add" ? 0 : 1, ...(op === "remove" ? [] : [value]));
  } else if (op === "remove") {
    delete place[last];
  } else {
    place[last] = value;
  }
}

function unfit(op: string, path: string): StatusError {
  const message = `the server rejected our request due to an error in our request: ${op} ${path} does not fit the object`;
  return new StatusError(422, "Invalid", message);
}

function get(node: Node, step: string): unknown {
  return Array.isArray(node) ? node[Number(step)] : node[step];
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null;
}

function unescaped(step: string): string {
  return step.replaceAll("~1", "/").replaceAll("~0", "~");
}
