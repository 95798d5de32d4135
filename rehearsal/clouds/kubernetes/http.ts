/** Paths of the API → verbs on objects. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { ApiError } from "../google/errors";
import { type Faults, NoAnswer } from "../google/faults";
import type { ObjectApi } from "./api";
import { StatusError, notFound } from "./errors";
import { discovery, targetOf, verbOf } from "./paths";
import { authorize } from "./rbac";
import type { TokenAuthority, User } from "./tokens";

/** What answers requests. */
export interface Backend {
  readonly api: ObjectApi;
  readonly tokens: TokenAuthority;
  readonly faults: Faults;
}

const BODY_LIMIT = 3 * 1024 * 1024;
const APPLY = "application/apply-patch+yaml";

/** The request listener; a mistake of the fake itself goes to `report`, and the caller sees a 500. */
export function listener(backend: Backend, report: (error: unknown) => void) {
  return (request: IncomingMessage, response: ServerResponse): void => {
    handle(backend, request)
      .then(({ status = 200, body }) => answer(response, status, body))
      .catch((error: unknown) => fail(response, error, report));
  };
}

interface Result {
  readonly status?: number;
  readonly body: unknown;
}

async function handle(backend: Backend, request: IncomingMessage): Promise<Result> {
  const text = await readText(request);
  const method = request.method ?? "GET";
  const url = new URL(request.url ?? "/", "http://127.0.0.1");
  if (url.pathname === "/readyz" || url.pathname === "/livez") return { body: { status: "ok" } };
  const user = await backend.tokens.authenticate(request.headers.authorization);
  const call = { service: "kubernetes", method, path: url.pathname };
  await backend.faults.before(call);
  const result = await route(backend, user, method, url, request.headers["content-type"], text);
  await backend.faults.after(call);
  return result;
}

async function route(
  { api, tokens }: Backend,
  user: User,
  method: string,
  url: URL,
  contentType: string | undefined,
  text: string,
): Promise<Result> {
  if (url.pathname === "/version")
    return { body: { major: "1", minor: "34", gitVersion: "v1.34.0" } };
  const known = discovery(url.pathname);
  if (known !== undefined && method === "GET") return { body: known };
  if (url.pathname === "/apis/authentication.k8s.io/v1/tokenreviews" && method === "POST") {
    if (!user.admin)
      throw new StatusError(
        403,
        "Forbidden",
        `tokenreviews is forbidden: User "${user.username}" cannot create it`,
      );
    const { spec } = parse(text) as { spec: { token: string; audiences?: string[] } };
    const status = await tokens.review(spec.token, spec.audiences);
    const review = { apiVersion: "authentication.k8s.io/v1", kind: "TokenReview" };
    return { status: 201, body: { ...review, metadata: {}, spec: {}, status } };
  }
  const { kind, namespace, name, subresource } = targetOf(url.pathname);
  if (url.searchParams.get("watch") === "true")
    throw new StatusError(
      405,
      "MethodNotAllowed",
      "the fake serves no watches: read again instead",
    );
  const verb = verbOf(method, name);
  authorize(api.objects, user, { verb, kind, namespace: namespace ?? "", name, subresource });
  if (subresource !== undefined) {
    if (kind.kind !== "ServiceAccount" || subresource !== "token" || method !== "POST")
      throw notFound(`${kind.plural}/${subresource}`, name ?? "");
    const { spec = {} } = parse(text) as {
      spec?: { audiences?: string[]; expirationSeconds?: number };
    };
    const issued = await tokens.issue(
      namespace ?? "",
      name ?? "",
      spec.audiences,
      spec.expirationSeconds,
    );
    const status = { token: issued.token.reveal(), expirationTimestamp: issued.expires };
    const request = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest" };
    return { status: 201, body: { ...request, metadata: {}, spec, status } };
  }
  const options = {
    manager: url.searchParams.get("fieldManager") ?? "unknown",
    force: url.searchParams.get("force") === "true",
    dryRun: url.searchParams.get("dryRun") === "All",
  };
  if (name === undefined) {
    if (method === "GET")
      return { body: api.list(kind, namespace, url.searchParams.get("labelSelector")) };
    const body = parse(text) as { metadata?: { name?: string; namespace?: string } };
    const given = body.metadata?.name;
    if (given === undefined)
      throw new StatusError(
        422,
        "Invalid",
        `${kind.kind} "" is invalid: metadata.name: Required value: name is required`,
      );
    return {
      status: 201,
      body: api.create({ kind, namespace: namespace ?? "", name: given }, body, options),
    };
  }
  const place = { kind, namespace: namespace ?? "", name };
  if (method === "GET") return { body: api.objects.get(place) };
  if (method === "DELETE") return { body: api.remove(place) };
  if (method === "PUT") return { body: api.replace(place, parse(text), options) };
  if (contentType?.split(";")[0] !== APPLY)
    throw new StatusError(
      415,
      "UnsupportedMediaType",
      `the body of the request was in an unknown format - accepted media types include: ${APPLY}`,
    );
  if (options.manager === "unknown")
    throw new StatusError(
      400,
      "BadRequest",
      "PatchOptions.meta.k8s.io is invalid: fieldManager: Required value: is required for apply patch",
    );
  const existed = api.objects.find(place) !== undefined;
  return { status: existed ? 200 : 201, body: api.apply(place, parse(text), options) };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's message would quote the body, which may hold a secret.
    throw new StatusError(
      400,
      "BadRequest",
      "the body is not valid JSON, the only form of YAML that the fake reads",
    );
  }
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size > BODY_LIMIT)
      throw new StatusError(400, "BadRequest", `the body is larger than ${BODY_LIMIT} bytes`);
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}

function fail(response: ServerResponse, error: unknown, report: (error: unknown) => void): void {
  if (error instanceof NoAnswer) {
    if (error.how === "drop") response.destroy();
    return;
  }
  if (error instanceof StatusError) return answer(response, error.status, error.body());
  // The rules of faults are shared with the fake of Google Cloud, and throw its errors.
  if (error instanceof ApiError)
    return answer(
      response,
      error.status,
      new StatusError(error.status, "InternalError", error.message).body(),
    );
  report(error);
  answer(response, 500, new StatusError(500, "InternalError", "Internal error occurred").body());
}
