/** What the simulators of other people's services share: a loopback server with routes, counters, and an end. */
import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** Requests that a simulator answered. */
export interface Counters {
  readonly total: number;
  /** Those that it refused for their credential: 401 and 403. */
  readonly refused: number;
  /** By the answer's status. */
  readonly byStatus: Readonly<Record<number, number>>;
}

/** A running simulator. */
export interface Simulator {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  /** What it answered so far. */
  requests(): Counters;
  /** Lets the process end while this still runs. */
  unref(): void;
  /** Ends the server and its connections; fine to repeat. */
  stop(): Promise<void>;
}

/** What a route is given. */
export interface Asked {
  readonly headers: IncomingMessage["headers"];
  /** What stood in the place of the route's `:id`, or "". */
  readonly id: string;
  readonly body: Buffer;
}

/** What a route answers: a status, JSON, and, where the service sends one, a reason and headers of its own. */
export interface Answered {
  readonly status: number;
  readonly body?: unknown;
  readonly reason?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Routes by `METHOD /path`; the last part of a path may be `:id`. */
export type Routes = Readonly<Record<string, (asked: Asked) => Answered | Promise<Answered>>>;

const BODY_LIMIT = 1024 * 1024;

/** Serves `routes` on any free port of 127.0.0.1; 404 with `missing` for everything else. */
export async function serveSimulator(routes: Routes, missing: unknown): Promise<Simulator> {
  const byStatus: Record<number, number> = {};
  const server = createServer((request, response) => {
    answerOf(routes, missing, request).then(
      (answered) => {
        byStatus[answered.status] = (byStatus[answered.status] ?? 0) + 1;
        send(response, answered);
      },
      // The caller went away in the middle of its request: there is nobody to answer.
      () => response.destroy(),
    );
  });
  let unreferenced = false;
  const sockets = new Set<Socket>();
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    if (unreferenced) socket.unref();
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port was assigned");
  return {
    url: `http://127.0.0.1:${address.port}`,
    requests: () => ({
      total: Object.values(byStatus).reduce((sum, one) => sum + one, 0),
      refused: (byStatus[401] ?? 0) + (byStatus[403] ?? 0),
      byStatus: { ...byStatus },
    }),
    unref: () => {
      unreferenced = true;
      server.unref();
      for (const socket of sockets) socket.unref();
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** A digest to know a credential by, so that the simulator keeps none of them. */
export function digest(credential: string): string {
  return createHash("sha256").update(credential).digest("hex");
}

/** What `Authorization: Bearer …` carries. */
export function bearer({ headers }: Asked): string | undefined {
  return /^Bearer (\S+)$/i.exec(headers.authorization ?? "")?.[1];
}

async function answerOf(
  routes: Routes,
  missing: unknown,
  request: IncomingMessage,
): Promise<Answered> {
  const path = (request.url ?? "/").split("?")[0] ?? "/";
  const asked = `${request.method ?? "GET"} ${path}`;
  const cut = asked.lastIndexOf("/");
  const id = asked.slice(cut + 1);
  const exact = routes[asked];
  const route = exact ?? (id === "" ? undefined : routes[`${asked.slice(0, cut)}/:id`]);
  const body = await read(request);
  if (body === undefined) return { status: 413, body: missing };
  if (route === undefined) return { status: 404, body: missing };
  try {
    return await route({ headers: request.headers, id: exact === undefined ? id : "", body });
  } catch (error) {
    // A fault of the simulator itself, which must show to whoever runs it and not hang its caller.
    process.stderr.write(`simulator: ${error instanceof Error ? error.message : String(error)}\n`);
    return { status: 500, body: missing };
  }
}

async function read(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= BODY_LIMIT) chunks.push(chunk);
  }
  return size <= BODY_LIMIT ? Buffer.concat(chunks) : undefined;
}

function send(response: ServerResponse, { status, body, reason, headers }: Answered): void {
  const text = body === undefined ? "" : JSON.stringify(body);
  const type = body === undefined ? {} : { "content-type": "application/json" };
  const all = { ...type, ...headers, "content-length": Buffer.byteLength(text) };
  if (reason === undefined) response.writeHead(status, all);
  else response.writeHead(status, reason, all);
  response.end(text);
}
