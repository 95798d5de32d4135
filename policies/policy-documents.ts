import { Property, textOf } from "./leaves";
import { parseJson } from "./views";

/** A statement of an AWS policy, as far as it is known. */
export interface Statement {
  readonly allows: boolean;
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  /** Everyone is `*`; otherwise the principals as they are written. Empty in a policy of an identity. */
  readonly principals: readonly string[];
  /** The actions or resources are those that are not named. */
  readonly inverted: boolean;
  readonly conditions: Readonly<Record<string, unknown>>;
}

/** The statements of an AWS policy, given as JSON text or as an object. None when it is not known yet. */
export function statementsOf(policy: Property | undefined): Statement[] {
  const document = policy && (parseJson(textOf(policy) ?? "") ?? plain(policy));
  if (!isRecord(document)) return [];
  return listOf(document["Statement"]).filter(isRecord).map(statement);
}

function statement(from: Readonly<Record<string, unknown>>): Statement {
  const conditions = isRecord(from["Condition"]) ? from["Condition"] : {};
  return {
    allows: from["Effect"] === "Allow",
    actions: textsOf(from["Action"] ?? from["NotAction"]),
    resources: textsOf(from["Resource"] ?? from["NotResource"]),
    principals: principalsOf(from["Principal"]),
    inverted: "NotAction" in from || "NotResource" in from || "NotPrincipal" in from,
    conditions,
  };
}

function principalsOf(principal: unknown): string[] {
  if (isRecord(principal))
    return Object.entries(principal).flatMap(([kind, who]) =>
      // A service acts for an account; strangers are accounts and users.
      kind === "Service" ? [] : textsOf(who),
    );
  return textsOf(principal);
}

/** A property without its marks: what is unknown becomes undefined. */
export function plain(from: Property): unknown {
  if (from.kind === "scalar") return from.value;
  if (from.kind === "list") return from.items.map(plain);
  if (from.kind === "map")
    return Object.fromEntries([...from.entries].map(([key, part]) => [key, plain(part)]));
  return undefined;
}

/** True for an object that is no list. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A list as it is, one thing as a list, nothing as an empty one. */
export function listOf(value: unknown): unknown[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? (value as unknown[]) : [value];
}

/** The texts among the entries of a list, or the one text. */
export function textsOf(value: unknown): string[] {
  return listOf(value).filter((one): one is string => typeof one === "string");
}
