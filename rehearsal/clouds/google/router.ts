/**
 * Method and path template → handler, with the checks that all of Google's REST front ends share.
 *
 * **How a service plugs in.** A service module exports one function `xxxRoutes(ctx: CloudContext): Route[]` (`./context`) and
 * keeps its own state in that call's closure; `server.ts` composes the routes of all modules. A handler returns the JSON body
 * of a 200 answer (or a promise of it) and throws an `ApiError` (`./errors`) for everything else; any other exception becomes a
 * 500 INTERNAL. A mutating handler calls `ctx.writes.record(kind, resource)` once per change that took effect. What must end
 * with the server (processes, pools) is registered with `ctx.onStop`. Example:
 *
 *     export function runRoutes(ctx: CloudContext): Route[] {
 *       return [
 *         {
 *           service: "run",
 *           method: "POST",
 *           path: "/v2/projects/{project}/locations/{location}/services",
 *           query: ["serviceId", "validateOnly"],
 *           body: serviceBody, // a zod schema; strict objects give Google's 'Unknown name' answer
 *           permission: "run.services.create",
 *           handler: ({ params, query, body }) => create(params, query, body as ServiceBody),
 *         },
 *       ];
 *     }
 *
 * In a template `{name}` stands for one path segment; a custom method follows its last segment: `…/secrets/{secret}:addVersion`.
 */
import type { z } from "zod";

import { ApiError, invalid } from "./errors";

/** HTTP methods that Google's REST front ends use. */
export type HttpMethod = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** Who calls: the project's operator (every permission) or a service account with what IAM grants it. */
export interface Caller {
  /** IAM member, for instance `serviceAccount:web@example-project.iam.gserviceaccount.com`. */
  readonly member: string;
  /** True for the bearer that the fake was started with: it may do everything. */
  readonly owner: boolean;
  /** Name of the service-account key that proved who calls (`projects/p/serviceAccounts/e/keys/k`), where one did. */
  readonly keyName?: string;
}

/** What a handler is given. */
export interface ApiRequest {
  readonly method: HttpMethod;
  /** Path as received, without the query, for instance `/v1/projects/example-project/secrets`. */
  readonly path: string;
  /** Values of the template's `{…}`, decoded. */
  readonly params: Readonly<Record<string, string>>;
  /** Query values; of a repeated parameter the last one. */
  readonly query: Readonly<Record<string, string>>;
  /** Every value of each query parameter, in order. */
  readonly repeated: Readonly<Record<string, readonly string[]>>;
  /** Validated body, as the route's schema gave it; `undefined` for a route without one. */
  readonly body: unknown;
  readonly caller: Caller;
}

/** One method of one service. */
export interface Route {
  /** Short name of the API, used by faults and messages: `secretmanager`, `sqladmin`, `run`, `iam`, … */
  readonly service: string;
  readonly method: HttpMethod;
  readonly path: string;
  /** Query parameters it takes beside the standard ones; another one is answered with 400. */
  readonly query?: readonly string[];
  /** Schema of the body (`parseBody` in `./validation`). Without one a body other than `{}` is answered with 400. */
  readonly body?: z.ZodType;
  /**
   * IAM permission that a caller other than the owner needs on `resource` or on the project. Absent: the owner only; `none`: any
   * authenticated caller, for a handler that asks IAM itself.
   */
  readonly permission?: string;
  /** Resource whose policy is asked beside the project's, as a key of `ctx.policies`; absent: the project's only. */
  readonly resource?: (params: Readonly<Record<string, string>>) => string;
  /** True for a method that takes no bearer, such as the token end point. Default: false. */
  readonly anonymous?: boolean;
  readonly handler: (request: ApiRequest) => unknown;
}

/** A route that matched, with the values of its template. */
export interface Match {
  readonly route: Route;
  readonly params: Record<string, string>;
}

/** Parameters that every Google API takes. */
const STANDARD_QUERY = new Set([
  "alt",
  "$alt",
  "prettyPrint",
  "fields",
  "quotaUser",
  "userProject",
]);

/** Finds the route of a call; holds no state of any service. */
export class Router {
  private readonly routes: { route: Route; pattern: RegExp; names: string[] }[] = [];

  /** Adds routes. Two routes of the same method and shape are a mistake of the fake and throw at once. */
  add(routes: readonly Route[]): this {
    for (const route of routes) {
      const { pattern, names } = compile(route.path);
      if (
        this.routes.some((r) => r.route.method === route.method && sameShape(r.pattern, pattern))
      ) {
        throw new Error(`two routes for ${route.method} ${route.path}: keep one of them`);
      }
      this.routes.push({ route, pattern, names });
    }
    return this;
  }

  /** The route of a call, or `undefined` when no service serves it. */
  match(method: string, path: string): Match | undefined {
    for (const { route, pattern, names } of this.routes) {
      if (route.method !== method) continue;
      const found = pattern.exec(path);
      if (!found) continue;
      const params = Object.fromEntries(
        names.map((name, i) => [name, decodeSegment(found[i + 1] ?? "")]),
      );
      return { route, params };
    }
    return undefined;
  }
}

/** Answer for a path that no service of the fake serves; says that it is the fake, so that nobody looks for it in Google's docs. */
export function noSuchMethod(method: string, path: string): ApiError {
  return new ApiError(
    404,
    "NOT_FOUND",
    `Method not found: the fake of Google Cloud serves no ${method} ${path}. Add a route in rehearsal/clouds/google.`,
  );
}

/** Query values of a call, all of each name; an unknown parameter is refused as Google does. */
export function readQuery(route: Route, search: URLSearchParams): Record<string, string[]> {
  const allowed = new Set(route.query ?? []);
  const values: Record<string, string[]> = {};
  for (const [name, value] of search) {
    if (allowed.has(name)) (values[name] ??= []).push(value);
    else if (!STANDARD_QUERY.has(name)) {
      throw invalid(
        `Invalid JSON payload received. Unknown name "${name}": Cannot bind query parameter. ` +
          `Field '${name}' could not be found in request message.`,
      );
    }
  }
  return values;
}

function compile(template: string): { pattern: RegExp; names: string[] } {
  const names: string[] = [];
  const source = template.replace(/\{(\w+)\}|[^\w/{}]/g, (part, name?: string) => {
    if (name === undefined) return `\\${part}`;
    names.push(name);
    return "([^/:]+)";
  });
  return { pattern: new RegExp(`^${source}$`), names };
}

function sameShape(a: RegExp, b: RegExp): boolean {
  return a.source === b.source;
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch (error) {
    throw invalid(`the path segment is not valid percent-encoding: ${(error as Error).message}`);
  }
}
