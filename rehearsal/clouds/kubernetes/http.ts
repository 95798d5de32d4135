/** Paths of the API → verbs on objects. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { ApiError } from "../google/errors";
import { type Faults, NoAnswer } from "../google/faults";
import type { ObjectApi, WriteOptions } from "./api";
import { json, readText, yaml } from "./bodies";
import { discovery, openApi } from "./discovery";
import { StatusError, notFound } from "./errors";
import type { Place } from "./objects";
import { type Target, targetOf, verbOf } from "./paths";
import { authorize } from "./rbac";
import type { TokenAuthority, User } from "./tokens";
import type { Watched, Watches } from "./watches";

/** What answers requests. */
export interface Backend {
  readonly api: ObjectApi;
  readonly watches: Watches;
  readonly tokens: TokenAuthority;
  readonly faults: Faults;
}

const APPLY = "application/apply-patch+yaml";
const JSON_PATCH = "application/json-patch+json";
/** How long a watch goes on that asks for no time of its own. */
const WATCH_SECONDS = 1800;

/** The request listener; a mistake of the fake itself goes to `report`, and the caller sees a 500. */
export function listener(backend: Backend, report: (error: unknown) => void) {
  return (request: IncomingMessage, response: ServerResponse): void => {
    handle(backend, request)
      .then((result) => {
        if ("watched" in result) backend.watches.serve(result.watched, response);
        else answer(response, result);
      })
      .catch((error: unknown) => fail(response, error, report));
  };
}

interface Answer {
  readonly status?: number;
  /** Sent as JSON, unless it is bytes of another type. */
  readonly body: unknown;
  readonly type?: string;
}

type Result = Answer | { readonly watched: Watched };

/** A request as its path names it. */
interface Asked {
  readonly user: User;
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingMessage["headers"];
  readonly text: string;
}

async function handle(backend: Backend, request: IncomingMessage): Promise<Result> {
  const text = await readText(request);
  const method = request.method ?? "GET";
  const url = new URL(request.url ?? "/", "http://127.0.0.1");
  if (url.pathname === "/readyz" || url.pathname === "/livez") return { body: { status: "ok" } };
  const { headers } = request;
  const user = await backend.tokens.authenticate(headers.authorization);
  const call = { service: "kubernetes", method, path: url.pathname };
  await backend.faults.before(call);
  const result = await route(backend, { user, method, url, headers, text });
  await backend.faults.after(call);
  return result;
}

async function route(backend: Backend, asked: Asked): Promise<Result> {
  const { method, url, user, headers } = asked;
  const { pathname, searchParams } = url;
  if (pathname === "/version") return { body: { major: "1", minor: "34", gitVersion: "v1.34.0" } };
  if (pathname === "/openapi/v2") return openApi(headers.accept);
  const known = discovery(pathname);
  if (known !== undefined && method === "GET") return { body: known };
  if (pathname === "/apis/authentication.k8s.io/v1/tokenreviews" && method === "POST")
    return review(backend, asked);
  const target = targetOf(pathname);
  const { kind, namespace, name, subresource } = target;
  const watches = method === "GET" && searchParams.get("watch") === "true" && name === undefined;
  const verb = watches ? "watch" : verbOf(method, name);
  authorize(backend.api.objects, user, {
    ...{ verb, kind, namespace: namespace ?? "", name, subresource },
  });
  if (watches) return { watched: watchedBy(target, searchParams) };
  if (subresource !== undefined) return issue(backend, asked, target);
  if (name === undefined) return collection(backend.api, asked, target);
  return single(backend.api, asked, { kind, namespace: namespace ?? "", name });
}

function watchedBy({ kind, namespace }: Target, parameters: URLSearchParams): Watched {
  for (const narrower of ["labelSelector", "fieldSelector"])
    if (parameters.has(narrower))
      throw new StatusError(400, "BadRequest", `the fake watches all objects: no ${narrower}`);
  const since = parameters.get("resourceVersion") ?? undefined;
  const seconds = Number(parameters.get("timeoutSeconds") ?? WATCH_SECONDS);
  return { kind, namespace, since, seconds };
}

async function review({ tokens }: Backend, { user, text }: Asked): Promise<Answer> {
  if (!user.admin)
    throw new StatusError(
      403,
      "Forbidden",
      `tokenreviews is forbidden: User "${user.username}" cannot create it`,
    );
  const { spec } = json(text) as { spec: { token: string; audiences?: string[] } };
  const status = await tokens.review(spec.token, spec.audiences);
  const made = { apiVersion: "authentication.k8s.io/v1", kind: "TokenReview" };
  return { status: 201, body: { ...made, metadata: {}, spec: {}, status } };
}

async function issue(
  { tokens }: Backend,
  { method, text }: Asked,
  { kind, namespace = "", name = "", subresource }: Target,
): Promise<Answer> {
  if (kind.kind !== "ServiceAccount" || subresource !== "token" || method !== "POST")
    throw notFound(`${kind.plural}/${subresource}`, name);
  const { spec = {} } = json(text) as {
    spec?: { audiences?: string[]; expirationSeconds?: number };
  };
  const issued = await tokens.issue(namespace, name, spec.audiences, spec.expirationSeconds);
  const status = { token: issued.token.reveal(), expirationTimestamp: issued.expires };
  const request = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest" };
  return { status: 201, body: { ...request, metadata: {}, spec, status } };
}

function collection(
  api: ObjectApi,
  { method, url, text }: Asked,
  { kind, namespace }: Target,
): Answer {
  if (method === "GET")
    return { body: api.list(kind, namespace, url.searchParams.get("labelSelector")) };
  const body = json(text) as { metadata?: { name?: string; namespace?: string } };
  const name = body.metadata?.name;
  if (name === undefined)
    throw new StatusError(
      422,
      "Invalid",
      `${kind.kind} "" is invalid: metadata.name: Required value: name is required`,
    );
  const made = api.create({ kind, namespace: namespace ?? "", name }, body, optionsOf(url));
  return { status: 201, body: made };
}

function single(api: ObjectApi, { method, url, headers, text }: Asked, place: Place): Answer {
  const options = optionsOf(url);
  if (method === "GET") return { body: api.objects.get(place) };
  if (method === "PUT") return { body: api.replace(place, json(text), options) };
  if (method === "DELETE") {
    const { propagationPolicy } = (text === "" ? {} : json(text)) as { propagationPolicy?: string };
    return { body: api.remove(place, propagationPolicy === "Foreground") };
  }
  const type = headers["content-type"]?.split(";")[0];
  if (type === JSON_PATCH) return { body: api.patch(place, json(text), options) };
  if (type !== APPLY)
    throw new StatusError(
      415,
      "UnsupportedMediaType",
      `the body of the request was in an unknown format - accepted media types include: ${JSON_PATCH}, ${APPLY}`,
    );
  if (options.manager === "unknown")
    throw new StatusError(
      400,
      "BadRequest",
      "PatchOptions.meta.k8s.io is invalid: fieldManager: Required value: is required for apply patch",
    );
  const existed = api.objects.find(place) !== undefined;
  return { status: existed ? 200 : 201, body: api.apply(place, yaml(text), options) };
}

function optionsOf({ searchParams }: URL): WriteOptions {
  return {
    manager: searchParams.get("fieldManager") ?? "unknown",
    force: searchParams.get("force") === "true",
    dryRun: searchParams.get("dryRun") === "All",
  };
}

function answer(response: ServerResponse, { status = 200, body, type }: Answer): void {
  response.writeHead(status, { "content-type": type ?? "application/json" });
  response.end(type === undefined ? JSON.stringify(body) : body);
}

function fail(response: ServerResponse, error: unknown, report: (error: unknown) => void): void {
  if (error instanceof NoAnswer) {
    if (error.how === "drop") response.destroy();
    return;
  }
  if (error instanceof StatusError) {
    const { status } = error;
    return answer(response, { status, body: error.body() });
  }
  // The rules of faults are shared with the fake of Google Cloud, and throw its errors.
  if (error instanceof ApiError)
    return answer(response, {
      status: error.status,
      body: new StatusError(error.status, "InternalError", error.message).body(),
    });
  report(error);
  const internal = new StatusError(500, "InternalError", "Internal error occurred");
  answer(response, { status: 500, body: internal.body() });
}
