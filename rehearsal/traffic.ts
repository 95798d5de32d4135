/**
 * Load on the sample application at a fixed rate, whatever the answers do (open loop): a rotation without interruption shows as 0 failed.
 * Latencies count from the moment a request was due, so a stalled service cannot hide behind requests that were never sent.
 */
import { Agent, request } from "node:http";

/** What is asked for, in turn. `page` and `read` and `write` carry a session's token; `write` and `read` reach the database. */
export const KINDS = ["health", "page", "write", "read", "web"] as const;
/** One of {@link KINDS}. */
export type Kind = (typeof KINDS)[number];

/** What load is made. */
export interface TrafficOptions {
  /** Address of the API. */
  readonly url: string;
  /** Address of the web application. Default: none, and then no request of kind `web`. */
  readonly webUrl?: string;
  /** Requests a second. */
  readonly rate: number;
  /** The administrator's current name and password; asked at the start and at each {@link Traffic.renewToken}. */
  readonly credentials: () => Promise<{ readonly username: string; readonly password: string }>;
  /** Longest wait for one answer in milliseconds; longer counts as failed. Default: 10,000. */
  readonly timeoutMs?: number;
}

/** Counts and latencies (milliseconds) of one kind. */
export interface KindReport {
  readonly sent: number;
  readonly failed: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** What came of the load so far. */
export interface TrafficReport {
  readonly seconds: number;
  readonly sent: number;
  readonly failed: number;
  readonly kinds: Readonly<Partial<Record<Kind, KindReport>>>;
  /** The first failures, at most ten: when (seconds from the start), which kind, and the status or the network's error. */
  readonly failures: readonly { readonly at: number; readonly kind: Kind; readonly what: string }[];
}

/** Running load. */
export interface Traffic {
  /** Logs in again; requests carry the new token from then on. Fails, and keeps the old one, when the log-in is refused. */
  renewToken(): Promise<void>;
  /** What came of it so far, requests under way excluded. */
  report(): TrafficReport;
  /** Sends nothing more, waits for the requests under way and answers the final report; fine to repeat. */
  stop(): Promise<TrafficReport>;
}

const FAILURES_SHOWN = 10;
// Requests beyond these wait here, and that wait counts. A busy server takes up new connections slowly (libuv: one a turn of its loop), so
// opening one for each request that is late would make the load itself the outage.
const CONNECTIONS = 64;
const PATHS: Readonly<Record<Exclude<Kind, "web">, string>> = {
  health: "/api/v1/utils/health-check",
  page: "/api/v1/users/me",
  write: "/api/v1/items",
  read: "/api/v1/items",
};

/** Logs in, then starts the load. Fails when the first log-in is refused. */
export async function startTraffic(options: TrafficOptions): Promise<Traffic> {
  const load = new Load(options);
  await load.renewToken();
  load.start();
  return load;
}

class Load implements Traffic {
  private readonly kinds: readonly Kind[];
  private readonly latencies = new Map<Kind, number[]>();
  private readonly failed = new Map<Kind, number>();
  private readonly failures: { at: number; kind: Kind; what: string }[] = [];
  private readonly underWay = new Set<Promise<void>>();
  private readonly agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  private token = "";
  private startedAt = 0;
  private endedAt: number | undefined;
  private count = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly options: TrafficOptions) {
    if (!(options.rate > 0))
      throw new Error("the rate must be a number above 0, in requests a second");
    this.kinds = KINDS.filter((kind) => kind !== "web" || options.webUrl !== undefined);
  }

  async renewToken(): Promise<void> {
    const body = JSON.stringify(await this.options.credentials());
    const url = `${this.options.url}/api/v1/login/access-token`;
    const { status, text } = await this.ask(url, "POST", {}, body);
    if (status !== 200) {
      throw new Error(`the traffic's log-in was refused with status ${status}`);
    }
    this.token = (JSON.parse(text) as { access_token: string }).access_token;
  }

  start(): void {
    this.startedAt = performance.now();
    this.tick();
  }

  report(): TrafficReport {
    const kinds: Partial<Record<Kind, KindReport>> = {};
    let sent = 0;
    let failed = 0;
    for (const kind of this.kinds) {
      const sorted = [...(this.latencies.get(kind) ?? [])].sort((a, b) => a - b);
      const at = (share: number) =>
        Math.round(sorted[Math.min(Math.floor(sorted.length * share), sorted.length - 1)] ?? 0);
      const bad = this.failed.get(kind) ?? 0;
      kinds[kind] = { sent: sorted.length, failed: bad, p50: at(0.5), p99: at(0.99), max: at(1) };
      sent += sorted.length;
      failed += bad;
    }
    const seconds = ((this.endedAt ?? performance.now()) - this.startedAt) / 1000;
    return { seconds, sent, failed, kinds, failures: [...this.failures] };
  }

  async stop(): Promise<TrafficReport> {
    clearTimeout(this.timer);
    this.endedAt ??= performance.now();
    await Promise.all(this.underWay);
    this.agent.destroy();
    return this.report();
  }

  // Sends what is due by now, several requests after a late timer, and sleeps until the next one is due.
  private tick(): void {
    const interval = 1000 / this.options.rate;
    let due = this.startedAt + this.count * interval;
    while (due <= performance.now()) {
      const kind = this.kinds[this.count % this.kinds.length] ?? "health";
      const one: Promise<void> = this.send(kind, due, this.count).finally(() =>
        this.underWay.delete(one),
      );
      this.underWay.add(one);
      due = this.startedAt + ++this.count * interval;
    }
    this.timer = setTimeout(() => this.tick(), Math.max(due - performance.now(), 0));
  }

  private async send(kind: Kind, due: number, number: number): Promise<void> {
    const problem = await this.problemOf(kind, number);
    const times = this.latencies.get(kind) ?? [];
    this.latencies.set(kind, times);
    times.push(performance.now() - due);
    if (problem === undefined) return;
    this.failed.set(kind, (this.failed.get(kind) ?? 0) + 1);
    if (this.failures.length < FAILURES_SHOWN) {
      const at = Math.round(due - this.startedAt) / 1000;
      this.failures.push({ at, kind, what: problem });
    }
  }

  private async problemOf(kind: Kind, number: number): Promise<string | undefined> {
    const { url, webUrl } = this.options;
    const headers: Record<string, string> =
      kind === "health" ? {} : { authorization: `Bearer ${this.token}` };
    try {
      const { status } =
        kind === "web"
          ? await this.ask(`${webUrl}/assets/app.js`, "GET")
          : kind === "write"
            ? await this.ask(url + PATHS[kind], "POST", headers, `{"title":"traffic ${number}"}`)
            : await this.ask(url + PATHS[kind], "GET", headers);
      return status >= 200 && status < 300 ? undefined : `status ${status}`;
    } catch (error) {
      // The network's own code says what happened; messages of other errors might quote a header.
      if (!(error instanceof Error)) return "unknown error";
      return (error as NodeJS.ErrnoException).code ?? error.name;
    }
  }

  private ask(
    url: string,
    method: string,
    headers: Record<string, string> = {},
    body?: string,
  ): Promise<{ status: number; text: string }> {
    const { timeoutMs = 10_000 } = this.options;
    return new Promise((resolve, reject) => {
      const call = request(
        url,
        {
          method,
          agent: this.agent,
          headers: body === undefined ? headers : { ...headers, ...framing(body) },
        },
        (response) => {
          let text = "";
          response.setEncoding("utf8");
          response.on("data", (chunk: string) => (text += chunk));
          response.once("error", reject);
          response.once("end", () => resolve({ status: response.statusCode ?? 0, text }));
        },
      );
      const late = () => call.destroy(Object.assign(new Error("late"), { code: "TIMEOUT" }));
      const timer = setTimeout(late, timeoutMs);
      call.once("close", () => clearTimeout(timer));
      call.once("error", reject);
      call.end(body);
    });
  }
}

function framing(body: string): Record<string, string> {
  return {
    "content-type": "application/json",
    "content-length": String(Buffer.byteLength(body)),
  };
}
