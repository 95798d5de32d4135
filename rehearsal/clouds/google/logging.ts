/** Cloud Logging v2, `entries:list` only: the audit entries that the fake recorded. A filter that it does not know is refused. */
import { z } from "zod";

import type { AuditEntry } from "./audit";
import type { CloudContext } from "./context";
import { invalid } from "./errors";
import { page } from "./paging";
import type { Route } from "./router";

const listBody = z.strictObject({
  resourceNames: z.array(z.string()).min(1),
  filter: z.string().optional(),
  orderBy: z.enum(["timestamp asc", "timestamp desc", ""]).optional(),
  pageSize: z.number().int().positive().optional(),
  pageToken: z.string().optional(),
});

/** Routes of Cloud Logging. */
export function loggingRoutes(ctx: CloudContext): Route[] {
  return [
    {
      service: "logging",
      method: "POST",
      path: "/v2/entries:list",
      body: listBody,
      permission: "logging.privateLogEntries.list",
      handler: ({ body }) => {
        const { resourceNames, filter, orderBy, pageSize, pageToken } = body as z.output<
          typeof listBody
        >;
        for (const name of resourceNames) {
          ctx.requireProject(/^projects\/([^/]+)$/.exec(name)?.[1] ?? "");
        }
        const holds = compileFilter(filter ?? "");
        const found = ctx.audit.list().filter(holds);
        const ordered = orderBy === "timestamp desc" ? found.reverse() : found;
        const query = {
          ...(pageSize === undefined ? {} : { pageSize: String(pageSize) }),
          ...(pageToken === undefined ? {} : { pageToken }),
        };
        const { items, nextPageToken } = page(ordered, query, 50);
        return {
          ...(items.length > 0 ? { entries: items } : {}),
          ...(nextPageToken === undefined ? {} : { nextPageToken }),
        };
      },
    },
  ];
}

type Test = (entry: AuditEntry) => boolean;

const FIELDS: Readonly<Record<string, (entry: AuditEntry) => string>> = {
  logName: (e) => e.logName,
  timestamp: (e) => e.timestamp,
  severity: (e) => e.severity,
  "resource.type": (e) => e.resource.type,
  "protoPayload.serviceName": (e) => e.protoPayload.serviceName,
  "protoPayload.methodName": (e) => e.protoPayload.methodName,
  "protoPayload.resourceName": (e) => e.protoPayload.resourceName,
  "protoPayload.status.code": (e) => String(e.protoPayload.status.code ?? 0),
  "protoPayload.authenticationInfo.principalEmail": (e) =>
    e.protoPayload.authenticationInfo.principalEmail,
  "protoPayload.authenticationInfo.serviceAccountKeyName": (e) =>
    e.protoPayload.authenticationInfo.serviceAccountKeyName ?? "",
};

const TOKEN =
  /\s*(?:(AND|OR)\b|([()])|([\w.@-]+)\s*(>=|<=|!=|=~|[=:<>])\s*("(?:[^"\\]|\\.)*"|[^\s()"]+|(?=\()))/y;

/**
 * A filter of terms `field op value` (`=`, `!=`, `:` for contains, `=~` for a pattern, `<` and `>` for times), joined by AND, OR,
 * line ends and parentheses; OR binds more tightly than AND, as in Google's language. Throws 400 for anything else.
 */
export function compileFilter(filter: string): Test {
  let at = 0;
  const next = () => {
    TOKEN.lastIndex = at;
    const token = TOKEN.exec(filter);
    if (!token) throw unsupported(filter.slice(at).trim());
    return token;
  };
  const rest = () => filter.slice(at).trim();
  const primary = (): Test => {
    const token = next();
    at = TOKEN.lastIndex;
    const [, word, bracket, field, operator, value] = token;
    if (bracket === "(") {
      const inner = all();
      if (next()[2] !== ")") throw unsupported(rest());
      at = TOKEN.lastIndex;
      return inner;
    }
    if (word !== undefined || bracket !== undefined || field === undefined) {
      throw unsupported(token[0].trim());
    }
    return value === "" ? values(field, operator ?? "") : term(field, operator ?? "", value ?? "");
  };
  /** `field=("a" OR "b")`. */
  const values = (field: string, operator: string): Test => {
    const list = /\s*\(([^()]*)\)/y;
    list.lastIndex = at;
    const found = list.exec(filter);
    if (!found) throw unsupported(rest());
    at = list.lastIndex;
    const tests = (found[1] ?? "")
      .split(/\s+OR\s+/)
      .map((one) => term(field, operator, one.trim()));
    return (entry) => tests.some((test) => test(entry));
  };
  const any = (): Test => {
    const tests = [primary()];
    while (/^OR\b/.test(rest())) {
      next();
      at = TOKEN.lastIndex;
      tests.push(primary());
    }
    return (entry) => tests.some((test) => test(entry));
  };
  const all = (): Test => {
    const tests: Test[] = [];
    while (rest() !== "" && !rest().startsWith(")")) {
      if (tests.length > 0 && /^AND\b/.test(rest())) {
        next();
        at = TOKEN.lastIndex;
      }
      tests.push(any());
    }
    return (entry) => tests.every((test) => test(entry));
  };
  const test = all();
  if (rest() !== "") throw unsupported(rest());
  return test;
}

function term(field: string, operator: string, quoted: string): Test {
  const read = FIELDS[field];
  if (!read) throw unsupported(field);
  const value = quoted.replace(/^"|"$/g, "").replace(/\\(.)/g, "$1");
  if (field === "timestamp") {
    const at = Date.parse(value);
    if (Number.isNaN(at)) throw unsupported(`timestamp ${operator}`);
    return (entry) => compare(Date.parse(entry.timestamp), operator, at);
  }
  if (operator === "=") return (entry) => read(entry) === value;
  if (operator === "!=") return (entry) => read(entry) !== value;
  if (operator === ":") {
    return (entry) => read(entry).toLowerCase().includes(value.toLowerCase());
  }
  if (operator === "=~") {
    const pattern = new RegExp(value);
    return (entry) => pattern.test(read(entry));
  }
  throw unsupported(`${field} ${operator}`);
}

function compare(left: number, operator: string, right: number): boolean {
  if (operator === ">=") return left >= right;
  if (operator === "<=") return left <= right;
  if (operator === ">") return left > right;
  if (operator === "<") return left < right;
  if (operator === "=") return left === right;
  throw unsupported(`timestamp ${operator}`);
}

function unsupported(part: string) {
  const known = Object.keys(FIELDS).join(", ");
  return invalid(
    `Unparseable filter: the fake of Google Cloud does not know '${part.slice(0, 80)}'. Fields that it knows: ${known}.`,
  );
}
