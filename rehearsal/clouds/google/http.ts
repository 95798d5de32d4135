/** One HTTP exchange with the fake: who calls, which route, may they, is it well formed, what is the answer. */
import type { IncomingMessage, ServerResponse } from "node:http";

import type { Cloud } from "./cloud";
import { ApiError, denied, invalid } from "./errors";
import { NoAnswer } from "./faults";
import {
  type ApiRequest,
  type Caller,
  type HttpMethod,
  type Match,
  noSuchMethod,
  readQuery,
  type Router,
} from "./router";
import { parseBody } from "./validation";

/** Most bytes of a request's body. */
const BODY_LIMIT = 10 * 1024 * 1024;

const NOBODY: Caller = { member: "allUsers", owner: false };

/** A listener for `node:http`. `report` gets every exception that is no answer of a service: a mistake of the fake itself. */
export function listener(cloud: Cloud, router: Router, report: (error: unknown) => void) {
  return (request: IncomingMessage, response: ServerResponse): void => {
    handle(cloud, router, request)
      .then((body) => answer(response, 200, body ?? {}))
      .catch((error: unknown) => fail(response, error, report));
  };
}

async function handle(cloud: Cloud, router: Router, request: IncomingMessage): Promise<unknown> {
  const text = await readText(request);
  const method = request.method ?? "GET";
  const url = new URL(request.url ?? "/", "http://127.0.0.1");
  const match = router.match(method, url.pathname);
  const caller = match?.route.anonymous
    ? NOBODY
    : await cloud.tokens.authenticate(request.headers.authorization);
  if (!match) throw noSuchMethod(method, url.pathname);
  authorize(cloud, caller, match);
  const repeated = readQuery(match.route, url.searchParams);
  const body = parseBody(match.route.body, asJson(text, request.headers["content-type"]));
  const call = { service: match.route.service, method, path: url.pathname };
  await cloud.faults.before(call);
  const apiRequest: ApiRequest = {
    method: method as HttpMethod,
    path: url.pathname,
    params: match.params,
    query: Object.fromEntries(Object.entries(repeated).map(([k, v]) => [k, v.at(-1) ?? ""])),
    repeated,
    body,
    caller,
  };
  const result = await match.route.handler(apiRequest);
  await cloud.faults.after(call);
  return result;
}

function authorize(cloud: Cloud, caller: Caller, { route, params }: Match): void {
  if (caller.owner || route.anonymous || route.permission === "none") return;
  const permission = route.permission ?? `${route.service}.owner`;
  const keys = route.resource ? [route.resource(params)] : [];
  if (!cloud.policies.allows(caller.member, permission, ...keys)) {
    throw denied(`Permission '${permission}' denied on resource (or it may not exist).`);
  }
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size > BODY_LIMIT)
      throw invalid(`Request payload size exceeds the limit: ${BODY_LIMIT} bytes.`);
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** Forms, which OAuth uses, become the same JSON object as everything else. */
function asJson(text: string, contentType: string | undefined): string {
  if (!contentType?.startsWith("application/x-www-form-urlencoded")) return text;
  return JSON.stringify(Object.fromEntries(new URLSearchParams(text)));
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json; charset=UTF-8" });
  response.end(`${JSON.stringify(body, null, 2)}\n`);
}

function fail(response: ServerResponse, error: unknown, report: (error: unknown) => void): void {
  if (error instanceof NoAnswer) {
    if (error.how === "drop") response.destroy();
    return;
  }
  if (error instanceof ApiError) return answer(response, error.status, error.body());
  report(error);
  const internal = new ApiError(500, "INTERNAL", "Internal error encountered.");
  answer(response, internal.status, internal.body());
}
