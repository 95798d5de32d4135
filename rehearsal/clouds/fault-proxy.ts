/**
 * A proxy on loopback in front of any HTTP service of the rehearsal. It counts the calls and lets chosen ones fail, before or after the
 * service did what it was asked. Requests pass unchanged, the Host header included, so that signatures stay valid. Bodies are never kept.
 */
import { createServer, request, type IncomingMessage, type ServerResponse } from "node:http";
import * as https from "node:https";
import type { AddressInfo } from "node:net";
import { pipeline } from "node:stream/promises";
import type { ServerCertificate } from "./vault/certificate";

/** What a failing call gets instead of its answer. */
export type Fault =
  /** An answer of our own, such as a 500 or what the service says when it throttles. */
  | {
      readonly kind: "answer";
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
    }
  /** No answer at all, until the caller gives up or the proxy ends. */
  | { readonly kind: "timeout" }
  /** The connection is cut. */
  | { readonly kind: "reset" };

/** Which calls fail, and how. */
export interface FaultPlan {
  readonly fault: Fault;
  /** Counted calls whose name does not match pass. Default: every call counts. */
  readonly matching?: RegExp;
  /** The first call that fails, of those that count from now on: 1 is the next one. Default: 1. */
  readonly nth?: number;
  /** How many in a row fail, retries of the caller included. Default: 1. */
  readonly times?: number;
  /** `before` (default): the service never sees the call. `after`: it did what it was asked, and its answer is lost. */
  readonly when?: "before" | "after";
}

/** A call that passed through. */
export interface ProxiedCall {
  /** As the proxy's `describe` names it. */
  readonly name: string;
  /** The status that the caller got; 0 where it got none. */
  status: number;
  /** True when a plan let it fail. */
  failed: boolean;
}

/** How the proxy is started. */
export interface FaultProxyOptions {
  /** The service's address, such as `http://127.0.0.1:4566`. */
  readonly target: string;
  /** Names a call. What it returns is kept, so it must hold no value. Default: method and path. */
  readonly describe?: (request: IncomingMessage, body: Buffer) => string;
  /** With it the proxy is called by TLS; the service itself never is. Default: without. */
  readonly certificate?: ServerCertificate;
}

/** A running proxy. */
export interface FaultProxy {
  readonly url: string;
  /** Every call since the start or the last {@link FaultProxy.forget}, oldest first. */
  readonly calls: readonly ProxiedCall[];
  /** Makes calls fail from now on; a new plan takes the place of the one before. */
  fail(plan: FaultPlan): void;
  /** Lets everything pass again. */
  heal(): void;
  /** Empties the list of calls. */
  forget(): void;
  stop(): Promise<void>;
}

/** Starts a proxy on any free port of 127.0.0.1. */
export async function startFaultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  const proxy = new RunningProxy(options);
  await proxy.listen();
  return proxy;
}

class RunningProxy implements FaultProxy {
  readonly calls: ProxiedCall[] = [];
  readonly #server: ReturnType<typeof createServer> | https.Server;
  readonly #options: FaultProxyOptions;
  #plan: { plan: FaultPlan; counted: number } | undefined;

  constructor(options: FaultProxyOptions) {
    this.#options = options;
    const { certificate: own } = options;
    const handle = (incoming: IncomingMessage, answer: ServerResponse) =>
      void this.#handle(incoming, answer);
    this.#server = own
      ? https.createServer({ key: own.key, cert: own.certificate }, handle)
      : createServer(handle);
  }

  get url(): string {
    const scheme = this.#options.certificate ? "https" : "http";
    return `${scheme}://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(0, "127.0.0.1", resolve);
    });
  }

  fail(plan: FaultPlan): void {
    this.#plan = { plan, counted: 0 };
  }

  heal(): void {
    this.#plan = undefined;
  }

  forget(): void {
    this.calls.length = 0;
  }

  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }

  async #handle(incoming: IncomingMessage, answer: ServerResponse): Promise<void> {
    try {
      const body = await read(incoming);
      const { describe = methodAndPath } = this.#options;
      const call: ProxiedCall = { name: describe(incoming, body), status: 0, failed: false };
      this.calls.push(call);
      const plan = this.#due(call.name);
      call.failed = plan !== undefined;
      if (plan?.when !== "after" && plan) return spoil(plan.fault, call, answer);
      const passed = await forward(this.#options.target, incoming, body);
      if (plan) {
        await read(passed);
        return spoil(plan.fault, call, answer);
      }
      call.status = passed.statusCode ?? 502;
      await pass(passed, call.status, answer);
    } catch (error) {
      // The service is gone: the caller must see that, not a proxy's error page.
      answer.destroy(error instanceof Error ? error : undefined);
    }
  }

  #due(name: string): FaultPlan | undefined {
    if (!this.#plan) return undefined;
    const { plan } = this.#plan;
    if (plan.matching && !plan.matching.test(name)) return undefined;
    this.#plan.counted++;
    const { nth = 1, times = 1 } = plan;
    const { counted } = this.#plan;
    return counted >= nth && counted < nth + times ? plan : undefined;
  }
}

function methodAndPath({ method = "", url = "" }: IncomingMessage): string {
  return `${method} ${url.split("?")[0]}`;
}

async function read(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function spoil(fault: Fault, call: ProxiedCall, answer: ServerResponse): void {
  if (fault.kind === "timeout") return;
  if (fault.kind === "reset") {
    answer.destroy();
    return;
  }
  call.status = fault.status;
  answer.writeHead(fault.status, { ...fault.headers }).end(fault.body ?? "");
}

function forward(
  target: string,
  incoming: IncomingMessage,
  body: Buffer,
): Promise<IncomingMessage> {
  const { hostname, port } = new URL(target);
  const { method, url: path, headers } = incoming;
  return new Promise<IncomingMessage>((resolve, reject) => {
    const outgoing = request({ hostname, port, method, path, headers, agent: false }, resolve).once(
      "error",
      reject,
    );
    outgoing.end(body);
  });
}

/** Hands an answer on as it comes, so that one without an end (a watch) comes too. */
async function pass(passed: IncomingMessage, status: number, answer: ServerResponse) {
  const headers = { ...passed.headers };
  // Each of the two connections has its own.
  delete headers["transfer-encoding"];
  delete headers.connection;
  answer.writeHead(status, headers).flushHeaders();
  answer.once("close", () => passed.destroy());
  await pipeline(passed, answer);
}
