import type { SecretText } from "../../components/secret-text";
import type { Answer } from "./issuer";

/** Milliseconds that an issuer may take for its whole answer. */
export const TIMEOUT_MS = 10_000;

const MOST_BYTES = 64 * 1024;

/** There is no answer that tells whether a value is accepted. The message says why and holds nothing of the value. */
export class CouldNotAsk extends Error {
  constructor(
    message: string,
    /** What mends it, where that is known. */
    readonly hint?: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = "CouldNotAsk";
  }
}

/** One request. A form makes it a POST. */
export interface Question {
  readonly headers?: Readonly<Record<string, string>>;
  readonly form?: Readonly<Record<string, string>>;
}

/** What came back: the status, and the body if it is a JSON object of at most 64 KiB. */
export interface Reply {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/**
 * Sends one request and follows no redirect: a key must not travel to another host.
 *
 * @throws CouldNotAsk when nothing answers within {@link TIMEOUT_MS}, or with a redirect.
 */
export async function ask(url: string, { headers = {}, form }: Question): Promise<Reply> {
  const reply = await send(url, {
    method: form === undefined ? "GET" : "POST",
    headers: { accept: "application/json", "user-agent": "rekey", ...headers },
    ...(form === undefined ? {} : { body: new URLSearchParams(form) }),
  });
  if (reply.status >= 300 && reply.status < 400)
    throw new CouldNotAsk(
      "it redirects to another address, where no key is sent",
      "set the address that answers itself",
    );
  return reply;
}

/** Sends a request with a bearer token. */
export function askAsBearer(url: string, token: SecretText): Promise<Reply> {
  return ask(url, { headers: { authorization: `Bearer ${token.reveal()}` } });
}

/**
 * What the status says: 2xx accepts, 401 and 403 refuse.
 *
 * @throws CouldNotAsk for every other, which tells nothing about the value.
 */
export function answerOf({ status }: Reply): Answer {
  if (status >= 200 && status < 300) return "accepted";
  if (status === 401 || status === 403) return "refused";
  throw new CouldNotAsk(
    `it answered ${status}`,
    status === 404 ? "correct the address" : undefined,
  );
}

async function send(url: string, init: RequestInit): Promise<Reply> {
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const response = await fetch(url, { ...init, redirect: "manual", signal });
    return { status: response.status, body: objectIn(await textOf(response)) };
  } catch (error) {
    // What fetch throws may quote a header, so that its message goes no further.
    const [reason, hint] = reasonOf(error);
    throw new CouldNotAsk(reason, hint, { cause: error });
  }
}

async function textOf({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>) {
    chunks.push(chunk);
    size += chunk.length;
    // Leaving the loop ends the transfer.
    if (size > MOST_BYTES) break;
  }
  return Buffer.concat(chunks).toString("utf8");
}

function objectIn(text: string): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === "object" && parsed !== null ? { ...parsed } : {};
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}

function reasonOf(error: unknown): [message: string, hint?: string] {
  if (!(error instanceof Error)) return ["the request failed"];
  if (error.name === "TimeoutError") return [`no answer within ${TIMEOUT_MS / 1000} s`];
  const code = codeOf(error);
  if (code === undefined) return ["the request failed"];
  if (/CERT|SIGNATURE|ALTNAME/.test(code))
    return [
      `its certificate is not trusted (${code})`,
      "name the file of its certificate authority in NODE_EXTRA_CA_CERTS",
    ];
  return [`the connection failed (${code})`];
}

function codeOf(error: Error): string | undefined {
  const found = [error, error.cause].map((one) => (one as NodeJS.ErrnoException | undefined)?.code);
  return found.find((code): code is string => typeof code === "string" && /^\w+$/.test(code));
}
