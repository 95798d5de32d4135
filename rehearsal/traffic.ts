/**
 * Load on the sample application at a fixed rate, whatever the answers do (open loop): a rotation without interruption shows as 0 failed.
 * Latencies count from the moment a request was due, so a stalled service cannot hide behind requests that were never sent.
 */
import { Agent, request } from "node:http";

/** One request of the load; they are sent in turn. */
export interface LoadRequest {
  /** What the report calls it. */
  readonly kind: string;
  readonly url: string;
  /** Default: GET. */
  readonly method?: "GET" | "POST";
  /** True where it carries what the log-in gave. Default: false. */
  readonly signed?: boolean;
  /** The body of the n-th request; JSON. */
  readonly body?: (number: number) => string;
  /** Sends it and gives the status, for one that somebody else signs and sends; 0 for no answer. */
  readonly send?: () => Promise<number>;
}

/** Somebody who works beside the requests, on a connection of its own and at its own pace. */
export interface LoadWorker {
  /** What the report calls it. */
  readonly kind: string;
  /** Works until `stopped` aborts and tells of each piece of work: how long it took, and what failed if it did. Never rejects. */
  readonly work: (
    told: (milliseconds: number, problem?: string) => void,
    stopped: AbortSignal,
  ) => Promise<void>;
}

/** What load is made. */
export interface TrafficOptions {
  readonly requests: readonly LoadRequest[];
  /** Who works beside them; what they do counts as requests. Default: nobody. */
  readonly workers?: readonly LoadWorker[];
  /** Requests a second. */
  readonly rate: number;
  /** Logs in and gives the headers of signed requests; asked at the start and at each {@link Traffic.renew}. */
  readonly logIn: () => Promise<Readonly<Record<string, string>>>;
  /** Longest wait for one answer in milliseconds; longer counts as failed. A connection that is idle for as long is ended. Default: 10,000. */
  readonly timeoutMs?: number;
}

/** Counts and latencies (milliseconds) of one kind. */
export interface KindReport {
  readonly sent: number;
  readonly failed: number;
  /** Refused while {@link Traffic.cutOffs} allowed it. */
  readonly cut: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** What came of the load so far. */
export interface TrafficReport {
  readonly seconds: number;
  readonly sent: number;
  readonly failed: number;
  /** See {@link KindReport}; none of them is a failure. */
  readonly cut: number;
  readonly kinds: Readonly<Record<string, KindReport>>;
  /** The first failures, at most ten: when (seconds from the start), which kind, and the status or the network's error. */
  readonly failures: readonly {
    readonly at: number;
    readonly kind: string;
    readonly what: string;
  }[];
}

/** Running load. */
export interface Traffic {
  /** Logs in again; signed requests carry what that gives from then on. Fails, and keeps the old, when the log-in is refused. */
  renew(): Promise<void>;
  /**
   * From now on a 401 to whoever carries a credential is no failure: it counts as cut off. Every other answer that is no success still is one.
   * Ends with the function that this gives, for what is sent from then on.
   */
  cutOffs(): () => void;
  /** What came of it so far, requests under way excluded. */
  report(): TrafficReport;
  /** Sends nothing more, waits for the requests under way and answers the final report; fine to repeat. */
  stop(): Promise<TrafficReport>;
}

const FAILURES_SHOWN = 10;
// Requests beyond these wait here, and that wait counts. A busy server takes up new connections slowly (libuv: one a turn of its loop), so
// opening one for each request that is late would make the load itself the outage.
const CONNECTIONS = 64;
const TIMEOUT_MS = 10_000;
const CUT_OFF = "status 401";

/** Logs in, then starts the load. Fails when the first log-in is refused. */
export async function startTraffic(options: TrafficOptions): Promise<Traffic> {
  const load = new Load(options);
  await load.renew();
  load.start();
  return load;
}

class Load implements Traffic {
  private readonly latencies = new Map<string, number[]>();
  private readonly failed = new Map<string, number>();
  private readonly cut = new Map<string, number>();
  private readonly failures: { at: number; kind: string; what: string }[] = [];
  private readonly underWay = new Set<Promise<void>>();
  private readonly stopped = new AbortController();
  private readonly agent: Agent;
  private session: Readonly<Record<string, string>> = {};
  private startedAt = 0;
  private endedAt: number | undefined;
  private cutting = false;
  private count = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly options: TrafficOptions) {
    if (!(options.rate > 0))
      throw new Error("the rate must be a number above 0, in requests a second");
    if (options.requests.length === 0) throw new Error("the load needs at least one request");
    const { timeoutMs: timeout = TIMEOUT_MS } = options;
    // Without it the server ends a connection that was idle for long, maybe while the next request is on its way.
    this.agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS, timeout });
  }

  async renew(): Promise<void> {
    this.session = await this.options.logIn();
  }

  cutOffs(): () => void {
    this.cutting = true;
    return () => void (this.cutting = false);
  }

  start(): void {
    this.startedAt = performance.now();
    this.tick();
    for (const { kind, work } of this.options.workers ?? []) {
      const told = (took: number, problem?: string) =>
        this.note(kind, performance.now() - took, problem);
      this.underWay.add(work(told, this.stopped.signal));
    }
  }

  report(): TrafficReport {
    const kinds: Record<string, KindReport> = {};
    const total = { sent: 0, failed: 0, cut: 0 };
    const { requests, workers = [] } = this.options;
    for (const kind of new Set([...requests, ...workers].map((one) => one.kind))) {
      const sorted = [...(this.latencies.get(kind) ?? [])].sort((a, b) => a - b);
      const at = (share: number) =>
        Math.round(sorted[Math.min(Math.floor(sorted.length * share), sorted.length - 1)] ?? 0);
      const counts = {
        sent: sorted.length,
        failed: this.failed.get(kind) ?? 0,
        cut: this.cut.get(kind) ?? 0,
      };
      kinds[kind] = { ...counts, p50: at(0.5), p99: at(0.99), max: at(1) };
      for (const what of ["sent", "failed", "cut"] as const) total[what] += counts[what];
    }
    const seconds = ((this.endedAt ?? performance.now()) - this.startedAt) / 1000;
    return { seconds, ...total, kinds, failures: [...this.failures] };
  }

  async stop(): Promise<TrafficReport> {
    clearTimeout(this.timer);
    this.stopped.abort();
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
      const { requests } = this.options;
      const what = requests[this.count % requests.length] as LoadRequest;
      const one: Promise<void> = this.send(what, due, this.count).finally(() =>
        this.underWay.delete(one),
      );
      this.underWay.add(one);
      due = this.startedAt + ++this.count * interval;
    }
    this.timer = setTimeout(() => this.tick(), Math.max(due - performance.now(), 0));
  }

  private async send(what: LoadRequest, due: number, number: number): Promise<void> {
    // By when it was sent: what was under way when the cut ended may still carry what was cut off.
    const mayBeCut = this.cutting && (what.signed === true || what.send !== undefined);
    const problem = await this.problemOf(what, number);
    const isCut = mayBeCut && problem === CUT_OFF;
    if (isCut) this.cut.set(what.kind, (this.cut.get(what.kind) ?? 0) + 1);
    this.note(what.kind, due, isCut ? undefined : problem);
  }

  private note(kind: string, due: number, problem: string | undefined): void {
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

  private async problemOf(what: LoadRequest, number: number): Promise<string | undefined> {
    const body = what.body?.(number);
    const headers = {
      ...(what.signed === true ? this.session : {}),
      ...(body === undefined ? {} : framing(body)),
    };
    try {
      const status = await (what.send?.() ??
        this.ask(what.url, what.method ?? "GET", headers, body));
      return status >= 200 && status < 300 ? undefined : `status ${status}`;
    } catch (error) {
      // The network's own code says what happened; messages of other errors might quote a header.
      if (!(error instanceof Error)) return "unknown error";
      // A timeout is none of the network's: its code is a number of the DOM's.
      const { code } = error as NodeJS.ErrnoException;
      return typeof code === "string" ? code : error.name;
    }
  }

  private ask(
    url: string,
    method: string,
    headers: Record<string, string>,
    body: string | undefined,
  ): Promise<number> {
    const { timeoutMs = TIMEOUT_MS } = this.options;
    return new Promise((resolve, reject) => {
      const call = request(url, { method, agent: this.agent, headers }, (response) => {
        response.once("error", reject);
        response.once("end", () => resolve(response.statusCode ?? 0));
        response.resume();
      });
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
