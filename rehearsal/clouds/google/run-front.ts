/**
 * The front of a Cloud Run service: one address for the life of the service, requests handed round robin to the instances of the revisions
 * that serve. A request is given to another instance only when the first could not be connected to, so none is ever sent twice; a front that
 * insists gives it to no other one at all.
 */
import {
  createServer,
  request as send,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import type { Instance } from "./run-instances";

const HOP_BY_HOP = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** The front of one service. */
export class Front {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  private instances: readonly (() => readonly Instance[])[] = [];
  private turn = 0;

  private constructor(
    private readonly server: Server,
    /** Answers whether anyone may invoke the service. */
    private readonly invocable: () => boolean,
    private readonly insists: boolean,
    port: number,
  ) {
    this.url = `http://127.0.0.1:${port}`;
    server.on("request", (request: IncomingMessage, response: ServerResponse) => {
      if (this.invocable()) return this.forward(request, response);
      request.resume();
      refuse(
        response,
        403,
        "Forbidden: the client has no permission to get this URL. Grant roles/run.invoker to allUsers on the service.",
      );
    });
  }

  /**
   * Starts a front that has no instances yet and answers 503. One that insists answers 502 where the instance whose turn it is cannot be
   * connected to, and asks no other.
   */
  static async start(invocable: () => boolean, insists = false): Promise<Front> {
    const server = createServer({ keepAliveTimeout: 75_000 });
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(0, "127.0.0.1", resolve);
    });
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("no port was assigned");
    return new Front(server, invocable, insists, address.port);
  }

  /** From now on new requests go to these revisions only; each gives the instances that it has at that moment. */
  serve(revisions: readonly { running(): readonly Instance[] }[]): void {
    this.instances = revisions.map((revision) => () => revision.running());
  }

  /** Ends the front and every connection to it. */
  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    this.server.closeAllConnections();
    await closed;
  }

  /** `tried`: instances that could not be connected to. Turns alone would lead to one again, as other requests take theirs meanwhile. */
  private forward(
    request: IncomingMessage,
    response: ServerResponse,
    tried: readonly Instance[] = [],
  ): void {
    if (response.destroyed) return;
    const choice = this.instances
      .flatMap((running) => running())
      .filter((one) => !tried.includes(one));
    const instance = choice[this.turn++ % Math.max(choice.length, 1)];
    if (instance === undefined) {
      request.resume();
      return refuse(response, 503, "Service Unavailable: no instance can take the request.");
    }
    instance.inFlight++;
    let counted = true;
    const done = () => {
      if (!counted) return;
      counted = false;
      if (--instance.inFlight === 0) instance.onIdle?.();
    };
    let connected = false;
    const upstream = send({
      host: "127.0.0.1",
      port: instance.port,
      method: request.method,
      path: request.url,
      agent: instance.agent,
      headers: forwarded(request),
    });
    upstream.once("socket", (socket) => {
      const go = () => {
        connected = true;
        request.pipe(upstream);
      };
      if (socket.connecting) socket.once("connect", go);
      else go();
    });
    upstream.once("response", (answer) => {
      response.writeHead(answer.statusCode ?? 502, kept(answer.rawHeaders));
      answer.pipe(response);
      // An answer that breaks off must break off for the client too, or it would wait for the rest.
      answer.once("error", () => response.destroy());
      answer.once("close", done);
    });
    upstream.once("error", (error) => {
      done();
      if (!connected && !this.insists) return this.forward(request, response, [...tried, instance]);
      if (response.headersSent) response.destroy();
      else refuse(response, 502, `Bad Gateway: the instance broke off (${codeOf(error)}).`);
    });
    response.once("close", () => {
      if (!response.writableFinished) upstream.destroy();
    });
  }
}

function forwarded(request: IncomingMessage): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    // Node sets the framing itself; a chunked body stays one.
    const keep = !HOP_BY_HOP.has(name) || name === "transfer-encoding";
    if (keep && value !== undefined) headers[name] = value;
  }
  headers["x-forwarded-for"] = request.socket.remoteAddress ?? "127.0.0.1";
  headers["x-forwarded-proto"] = "https";
  return headers;
}

function kept(raw: readonly string[]): string[] {
  const headers: string[] = [];
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] ?? "";
    if (!HOP_BY_HOP.has(name.toLowerCase())) headers.push(name, raw[i + 1] ?? "");
  }
  return headers;
}

function refuse(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { "content-type": "text/plain; charset=utf-8" });
  response.end(`${message}\n`);
}

function codeOf(error: Error): string {
  return (error as NodeJS.ErrnoException).code ?? error.name;
}
