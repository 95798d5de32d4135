import { Property, textOf } from "./leaves";
import { parseJson } from "./views";

/** A statement of an AWS policy, as far as it is known. */
export interface Statement {
  readonly allows: boolean;
  readonly actions: Named;
  readonly resources: Named;
  /** Everyone is `*`; otherwise the accounts and users as they are written. Empty in a policy of an identity. */
  readonly principals: Named;
  readonly conditions: readonly Condition[];
}

/** What a statement names, or what it leaves out (`NotAction` and the like): then it is about everything else. */
export interface Named {
  readonly names: readonly string[];
  readonly inverted: boolean;
}

/** One key of a condition. */
export interface Condition {
  /** `StringEquals`, `ForAnyValue:StringLike`, `ArnLikeIfExists`. */
  readonly operator: string;
  readonly key: string;
  readonly values: readonly string[];
}

/** The statements of an AWS policy, given as JSON text or as an object. None when it is not known yet. */
export function statementsOf(policy: Property | undefined): Statement[] {
  const document = policy && (parseJson(textOf(policy) ?? "") ?? plain(policy));
  if (!isRecord(document)) return [];
  return listOf(document["Statement"]).filter(isRecord).map(statement);
}

function statement(from: Readonly<Record<string, unknown>>): Statement {
  return {
    allows: from["Effect"] === "Allow",
    actions: named(from, "Action", textsOf),
    resources: named(from, "Resource", textsOf),
    principals: named(from, "Principal", principalsOf),
    conditions: conditionsOf(from["Condition"]),
  };
}

function named(
  from: Readonly<Record<string, unknown>>,
  key: string,
  read: (value: unknown) => string[],
): Named {
  const inverted = `Not${key}` in from;
  return { names: read(from[inverted ? `Not${key}` : key]), inverted };
}

function conditionsOf(from: unknown): Condition[] {
  if (!isRecord(from)) return [];
  return Object.entries(from).flatMap(([operator, keys]) =>
    Object.entries(isRecord(keys) ? keys : {}).map(([key, values]) => ({
      operator,
      key,
      values: textsOf(values),
    })),
  );
}

function principalsOf(principal: unknown): string[] {
  if (isRecord(principal))
    return Object.entries(principal).flatMap(([kind, who]) =>
      // A service acts for an account; strangers are accounts and users.
      kind === "Service" ? [] : textsOf(who),
    );
  return textsOf(principal);
}

/** These hold only where the key is there and has one of the values; `…IfExists` and `ForAllValues:` also hold where it is missing. */
const ASKS = /^(?:ForAnyValue:)?(?:String(?:Equals|EqualsIgnoreCase|Like)|Arn(?:Equals|Like))$/i;

/**
 * True when a condition on a key keeps others out: it asks for values, and each is narrower than everything. An ARN of any account
 * (`arn:aws:iam::*:role/app`) is anybody's.
 */
export function isFenced({ conditions }: Pick<Statement, "conditions">, key: RegExp): boolean {
  return conditions.some(
    (one) =>
      ASKS.test(one.operator) &&
      key.test(one.key) &&
      one.values.length > 0 &&
      one.values.every(isNarrow),
  );
}

function isNarrow(value: string): boolean {
  if (/^[*?:]*$/.test(value)) return false;
  if (!value.startsWith("arn:")) return true;
  const [, , , , account, ...rest] = value.split(":");
  // Buckets and the like have no account in their names, and are one all the same.
  return account === undefined || /[*?]/.test(account)
    ? false
    : account !== "" || !/^[*?/]*$/.test(rest.join(":"));
}

/** True when a pattern of a policy (`*` for any text, `?` for one character) covers a text. Never slower than both lengths multiplied. */
export function covers(pattern: string, text: string): boolean {
  let [here, there, star, retry] = [0, 0, -1, 0];
  while (there < text.length) {
    if (pattern[here] === "*") [star, retry] = [here++, there];
    else if (here < pattern.length && (pattern[here] === "?" || pattern[here] === text[there]))
      [here, there] = [here + 1, there + 1];
    else if (star >= 0) [here, there] = [star + 1, ++retry];
    else return false;
  }
  return /^\**$/.test(pattern.slice(here));
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
