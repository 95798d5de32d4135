import { setTimeout as delay } from "node:timers/promises";
import { SecretText } from "../../components/secret-text";
import { type CallSite, fromResponse, GoogleApiError } from "./errors";

/** One call. `secrets` lists values (beside those inside `body`) that no error may repeat. */
export interface Call extends CallSite {
  verb: "GET" | "POST" | "PATCH" | "PUT" | "DELETE";
  url: string;
  query?: Record<string, string | number | boolean | readonly string[] | undefined>;
  /** Any {@link SecretText} inside is revealed only while the request is written. */
  body?: unknown;
  secrets?: readonly SecretText[];
  /**
   * Reasons that mean 'not carried out, because something else is under way': the call is repeated until
   * the operation time-out, since the other operation may take that long.
   */
  retryOn?: readonly string[];
}

/** How patient the client is. All times in milliseconds. */
export interface Patience {
  /** For one HTTP exchange. Default 30,000. */
  requestTimeout: number;
  /** For one long-running operation, polls included. Default 600,000. */
  operationTimeout: number;
  /** Between two polls of an operation. Default 500. */
  pollInterval: number;
  /** Attempts at one call, the first included. Default 6. */
  attempts: number;
  /** The first back-off; it doubles with each attempt up to 8,000. Default 250. */
  backoff: number;
}

export const defaultPatience: Patience = {
  requestTimeout: 30_000,
  operationTimeout: 600_000,
  pollInterval: 500,
  attempts: 6,
  backoff: 250,
};

const SCOPE = "https://www.googleapis.com/auth/cloud-platform";
const READ_RETRIES = new Set([429, 500, 502, 503, 504]);

interface Requester {
  request(options: {
    url: string;
    method: Call["verb"];
    headers?: Record<string, string>;
    body?: string;
    responseType: "text";
    timeout: number;
    retry: boolean;
    signal?: AbortSignal;
    validateStatus: () => boolean;
  }): Promise<{ status: number; data: unknown; headers: Headers }>;
}

/**
 * Sends authorised calls with bounded retries. A read is repeated after any transient answer; a write
 * only after answers that mean it was not carried out (429 and the call's own `retryOn`), because a
 * repeated `addVersion` would leave a version that nobody knows.
 */
export class Transport {
  readonly patience: Patience;
  readonly signal: AbortSignal | undefined;
  #client: Promise<Requester> | undefined;
  readonly #accessToken: SecretText | undefined;

  constructor(options: {
    accessToken?: SecretText | undefined;
    patience?: Partial<Patience> | undefined;
    signal?: AbortSignal | undefined;
  }) {
    this.#accessToken = options.accessToken;
    this.patience = { ...defaultPatience, ...options.patience };
    this.signal = options.signal;
  }

  /** Sends `call` and returns the parsed answer; throws {@link GoogleApiError} for anything else. */
  async send<T>(call: Call): Promise<T> {
    const deadline = Date.now() + this.patience.operationTimeout;
    for (let attempt = 1; ; attempt++) {
      const outcome = await this.#once<T>(call);
      if (!("error" in outcome)) return outcome.value;
      const waiting = (call.retryOn ?? []).includes(outcome.error.reason) && Date.now() < deadline;
      const repeated = outcome.repeatable && attempt < this.patience.attempts;
      if (!waiting && !repeated) throw outcome.error;
      const wait = Math.min(this.patience.backoff * 2 ** (attempt - 1), 8_000);
      await this.pause(outcome.retryAfter ?? wait, call);
    }
  }

  /** Waits, unless the client's signal ends the wait with an error that names the call. */
  async pause(milliseconds: number, site: CallSite): Promise<void> {
    try {
      await delay(milliseconds, undefined, this.signal ? { signal: this.signal } : {});
    } catch {
      throw new GoogleApiError(site, 0, "CANCELLED", "the caller ended the wait");
    }
  }

  async #once<T>(
    call: Call,
  ): Promise<{ value: T } | { error: GoogleApiError; repeatable: boolean; retryAfter?: number }> {
    const secrets = [...(call.secrets ?? [])];
    const body = call.body === undefined ? undefined : JSON.stringify(reveal(call.body, secrets));
    let answer: Awaited<ReturnType<Requester["request"]>>;
    try {
      const client = await (this.#client ??= this.#connect());
      answer = await client.request({
        url: withQuery(call.url, call.query),
        method: call.verb,
        ...(body === undefined ? {} : { body, headers: { "content-type": "application/json" } }),
        responseType: "text",
        timeout: this.patience.requestTimeout,
        retry: false,
        ...(this.signal ? { signal: this.signal } : {}),
        validateStatus: () => true,
      });
    } catch (failure) {
      const reason = this.signal?.aborted ? "CANCELLED" : networkReason(failure);
      const error = new GoogleApiError(call, 0, reason, explain(reason));
      return { error, repeatable: call.verb === "GET" && reason !== "CANCELLED" };
    }
    const parsed = parse(answer.data);
    if (answer.status >= 200 && answer.status < 300) return { value: parsed as T };
    const error = fromResponse(call, answer.status, parsed, secrets);
    const seconds = Number(answer.headers.get("retry-after") ?? Number.NaN);
    return {
      error,
      repeatable: answer.status === 429 || (call.verb === "GET" && READ_RETRIES.has(answer.status)),
      ...(Number.isFinite(seconds) ? { retryAfter: Math.min(seconds * 1000, 30_000) } : {}),
    };
  }

  async #connect(): Promise<Requester> {
    // Loading it takes a while; whoever makes no call does not wait for it.
    const { GoogleAuth, OAuth2Client } = await import("google-auth-library");
    if (this.#accessToken) {
      const client = new OAuth2Client();
      client.setCredentials({ access_token: this.#accessToken.reveal() });
      return client;
    }
    return await new GoogleAuth({ scopes: [SCOPE] }).getClient();
  }
}

function reveal(value: unknown, found: SecretText[]): unknown {
  if (value instanceof SecretText) {
    found.push(value);
    return value.reveal();
  }
  if (Array.isArray(value)) return value.map((entry) => reveal(entry, found));
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([key, entry]) => [key, reveal(entry, found)]),
    );
  }
  return value;
}

function withQuery(url: string, query: Call["query"]): string {
  const target = new URL(url);
  for (const [key, value] of Object.entries(query ?? {})) {
    if (value === undefined) continue;
    for (const entry of Array.isArray(value) ? (value as string[]) : [value]) {
      target.searchParams.append(key, String(entry));
    }
  }
  return target.toString();
}

function parse(data: unknown): unknown {
  if (typeof data !== "string") return data ?? {};
  if (data.trim() === "") return {};
  try {
    return JSON.parse(data);
  } catch {
    // A proxy's HTML page is no Google answer; its text must not travel further.
    return undefined;
  }
}

function networkReason(failure: unknown): string {
  for (let cause = failure; cause instanceof Error; cause = cause.cause) {
    const code = (cause as { code?: unknown }).code;
    if (typeof code === "string" && /^E[A-Z_]+$/.test(code)) return code;
    if (cause.name === "TimeoutError" || cause.name === "AbortError") return "TIMEOUT";
    if (/default credentials/i.test(cause.message)) return "NO_CREDENTIALS";
  }
  return "NO_ANSWER";
}

function explain(reason: string): string {
  if (reason === "NO_CREDENTIALS") {
    return "no credentials were found; run `gcloud auth application-default login`, or give an access token";
  }
  return reason === "CANCELLED" ? "the caller ended the call" : "no answer came from the endpoint";
}
