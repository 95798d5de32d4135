/** A small HTTP server: routes, JSON bodies, typed errors, one log line a request, and an end that loses no request. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { log } from "./log";

/** An answer other than success; its text is for the client and holds no secret. */
export class HttpError extends Error {
  /** @param code What a program tells one cause from another by, e.g. `stripe_key_refused`; answered beside the text. */
  constructor(
    readonly status: number,
    message: string,
    readonly code?: string,
  ) {
    super(message);
  }
}

/** What a handler is given. */
export interface Call {
  /** The request's headers, names in lower case. */
  readonly headers: IncomingMessage["headers"];
  /** What stood in the place of the route's `:name`, as it was sent. */
  readonly params: Readonly<Record<string, string>>;
  /** The body's bytes as they were sent, for signatures; 413 above 64 KiB. Asked for again, it is the same. */
  raw(): Promise<Buffer>;
  /** The body of a JSON or form request as an object; 400 for anything else, 413 above 64 KiB. */
  body(): Promise<Record<string, unknown>>;
}

/** What a handler answers with. */
export interface Answer {
  /** Default: 200. */
  readonly status?: number;
  /** Default: `application/json`, and then `body` is turned into JSON. */
  readonly type?: string;
  readonly body: unknown;
  /** Further headers. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Handlers by `METHOD /path`; a part of the path may be `:name`, which stands for any one part and is asked last. */
export type Handlers = Readonly<Record<string, (call: Call) => Answer | Promise<Answer>>>;

/** A server that accepts requests. */
export interface Listening {
  readonly port: number;
  /** Stops accepting and resolves when the requests under way are answered. */
  drain(): Promise<void>;
}

const BODY_LIMIT = 64 * 1024;
// Longer than any client's, so that it is the client who closes an idle connection and never loses a request to that race.
const KEEP_ALIVE_MS = 75_000;

/** Starts to serve on 127.0.0.1. */
export async function serve(port: number, handlers: Handlers): Promise<Listening> {
  let draining = false;
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
    const started = performance.now();
    const path = (request.url ?? "/").split("?")[0] ?? "/";
    response.on("finish", () => {
      const { statusCode: status } = response;
      const latencyMs = Math.round(performance.now() - started);
      const severity = status >= 500 ? "ERROR" : "INFO";
      log(severity, "request", { method: request.method, path, status, latencyMs });
    });
    void answer(handlers, path, request).then((result) => {
      if (draining) response.setHeader("connection", "close");
      send(response, result);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : port,
    drain: () => {
      draining = true;
      // close() ends idle keep-alive connections itself; the others end with their answer.
      return new Promise((resolve, reject) =>
        server.close((error) => (error ? reject(error) : resolve())),
      );
    },
  };
}

/** Ends the process on SIGTERM: requests under way are answered, then `cleanUp` runs, then exit code 0; 1 after `deadlineMs`. */
export function endOnSigterm(
  listening: Listening,
  cleanUp: () => Promise<void> = () => Promise.resolve(),
  deadlineMs = 10_000,
): void {
  process.once("SIGTERM", () => {
    setTimeout(() => process.exit(1), deadlineMs).unref();
    listening
      .drain()
      .then(cleanUp)
      .then(() => process.exit(0))
      .catch((error: unknown) => {
        log("ERROR", "end failed", { error: String(error) });
        process.exit(1);
      });
  });
}

async function answer(handlers: Handlers, path: string, request: IncomingMessage): Promise<Answer> {
  try {
    const { handler, params } = route(handlers, `${request.method ?? "GET"} ${path}`);
    let bytes: Promise<Buffer> | undefined;
    const raw = () => (bytes ??= readBytes(request));
    const body = async () => parseBody(await raw(), request.headers["content-type"]);
    return await handler({ headers: request.headers, params, raw, body });
  } catch (error) {
    if (error instanceof HttpError) {
      return { status: error.status, body: { detail: error.message, code: error.code } };
    }
    const text = error instanceof Error ? error.message : String(error);
    log("ERROR", "request failed", { path, error: text });
    return { status: 500, body: { detail: "Internal Server Error" } };
  }
}

function route(handlers: Handlers, asked: string) {
  const exact = handlers[asked];
  if (exact !== undefined) return { handler: exact, params: {} };
  const parts = asked.split("/");
  for (const [pattern, handler] of Object.entries(handlers)) {
    const places = pattern.split("/");
    const fits = (place: string, at: number) => place.startsWith(":") || place === parts[at];
    if (!pattern.includes(":") || places.length !== parts.length || !places.every(fits)) continue;
    const named = places.flatMap((place, at) =>
      place.startsWith(":") ? [[place.slice(1), parts[at] ?? ""] as const] : [],
    );
    return { handler, params: Object.fromEntries(named) };
  }
  throw new HttpError(404, "Not Found");
}

function send(response: ServerResponse, { status = 200, type, body, headers }: Answer): void {
  const text = type === undefined ? JSON.stringify(body) : String(body);
  response.writeHead(status, {
    ...headers,
    "content-type": type ?? "application/json",
    "content-length": Buffer.byteLength(text),
  });
  response.end(text);
}

async function readBytes(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  // Left alone, the iterator would destroy the connection before an error could be answered.
  const body = request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > BODY_LIMIT) throw new HttpError(413, `the body is larger than ${BODY_LIMIT} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function parseBody(bytes: Buffer, type: string | undefined): Record<string, unknown> {
  const text = bytes.toString("utf8");
  if (type?.startsWith("application/x-www-form-urlencoded") === true) {
    return Object.fromEntries(new URLSearchParams(text));
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    // The parser's message would quote the body, which may hold a password.
    throw new HttpError(400, "the body is not valid JSON");
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
    throw new HttpError(400, "the body must be a JSON object");
  }
  return parsed as Record<string, unknown>;
}
