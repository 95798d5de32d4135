/** Calls of other services: a bounded wait, and answers that tell a refused credential from any other trouble. */
import { HttpError } from "./http";
import { log } from "./log";

/** A service that the application calls. */
export interface Upstream {
  /** In messages and codes: `stripe`. */
  readonly name: string;
  /** Without a slash at the end. */
  readonly url: string;
  /** The whole value of `Authorization`. */
  readonly authorization: string;
}

const TIMEOUT_MS = 5000;

/**
 * Asks `service` and answers its JSON. 502 with the code `<name>_refused_key` when it takes the credential for bad (401 or 403),
 * `<name>_unreachable` when there is no answer within 5 seconds, and `<name>_failed` for everything else. The service's own words are
 * left out, for they may quote the credential.
 */
export async function ask(
  service: Upstream,
  path: string,
  body?: URLSearchParams | Record<string, unknown>,
): Promise<Record<string, unknown>> {
  const { name } = service;
  try {
    const response = await fetch(service.url + path, {
      ...message(body, service.authorization),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (response.ok) return (await response.json()) as Record<string, unknown>;
    await response.body?.cancel();
    throw refusal(name, response.status);
  } catch (error) {
    if (error instanceof HttpError) throw error;
    // Neither its message nor the answer: a parser's message quotes what it could not read.
    const { cause, name: kind } = error as Error & { cause?: { code?: string } };
    log("WARNING", "no usable answer", { service: name, error: cause?.code ?? kind });
    throw new HttpError(502, `${name} gave no usable answer`, `${name}_unreachable`);
  }
}

function message(
  body: URLSearchParams | Record<string, unknown> | undefined,
  authorization: string,
): RequestInit {
  if (body === undefined) return { headers: { authorization } };
  const form = body instanceof URLSearchParams;
  const type = form ? "application/x-www-form-urlencoded" : "application/json";
  return {
    method: "POST",
    headers: { authorization, "content-type": type },
    body: form ? body.toString() : JSON.stringify(body),
  };
}

function refusal(name: string, status: number): HttpError {
  log("WARNING", "refused", { service: name, status });
  return status === 401 || status === 403
    ? new HttpError(502, `${name} refused the key`, `${name}_refused_key`)
    : new HttpError(502, `${name} answered ${status}`, `${name}_failed`);
}
