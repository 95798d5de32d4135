/** What a path of the API names. */
import { StatusError } from "./errors";
import { KINDS, type Kind } from "./kinds";

/** What a path names: a kind, and, where they are in it, a namespace, an object and a part of it. */
export interface Target {
  readonly kind: Kind;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly subresource: string | undefined;
}

/** The verb that roles know a method by. @throws 405 for a method that a path does not have. */
export function verbOf(method: string, name: string | undefined): string {
  const verbs: Record<string, string | undefined> =
    name === undefined
      ? { GET: "list", POST: "create" }
      : { GET: "get", PUT: "update", PATCH: "patch", DELETE: "delete", POST: "create" };
  const verb = verbs[method];
  if (verb === undefined)
    throw new StatusError(
      405,
      "MethodNotAllowed",
      "the server does not allow this method on the requested resource",
    );
  return verb;
}

/** Reads `/api/v1/namespaces/<ns>/secrets/<name>` and its relatives. @throws 404 for what the fake does not have. */
export function targetOf(path: string): Target {
  const parts = path.split("/").filter(Boolean).map(decodeURIComponent);
  const group = parts[0] === "api" ? "" : parts[1];
  const rest = parts[0] === "api" ? parts.slice(1) : parts[0] === "apis" ? parts.slice(2) : [];
  const [version, ...where] = rest;
  const namespaced = where[0] === "namespaces" && where.length > 2;
  const [plural, name, subresource] = namespaced ? where.slice(2) : where;
  const kind = KINDS.find(
    (one) => one.group === group && one.plural === plural && one.version === version,
  );
  if (kind === undefined || (namespaced && !kind.namespaced))
    throw new StatusError(404, "NotFound", "the server could not find the requested resource");
  return { kind, namespace: namespaced ? where[1] : undefined, name, subresource };
}
