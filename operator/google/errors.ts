import { SecretText } from "../../components/secret-text";

/** What a call was about: enough to find it in Google's documentation and audit logs, and no more. */
export interface CallSite {
  /** The API, for instance `secretmanager`. */
  service: string;
  /** The API's method, for instance `secrets.addVersion`. */
  method: string;
  /** The full name of the resource that the call addressed. */
  resource: string;
}

/**
 * A call to Google failed. The message names service, method, resource and Google's reason; it never
 * holds a request body, a header or a value that was sent as a secret, and there is no `cause`, because
 * the transport's own errors carry the request.
 */
export class GoogleApiError extends Error {
  /** HTTP status; 0 when no answer came (refused, reset, timed out, cancelled). */
  readonly status: number;
  /** Google's machine-readable reason (`NOT_FOUND`, `operationInProgress`, `ECONNREFUSED`). */
  readonly reason: string;
  readonly service: string;
  readonly method: string;
  readonly resource: string;

  constructor(site: CallSite, status: number, reason: string, detail: string) {
    const answer = status === 0 ? reason : `${status} ${reason}`;
    super(
      `${site.service} ${site.method} on ${site.resource}: ${answer}${detail ? `: ${detail}` : ""}`,
    );
    this.name = "GoogleApiError";
    this.status = status;
    this.reason = reason;
    this.service = site.service;
    this.method = site.method;
    this.resource = site.resource;
  }
}

/** True when Google says that the thing does not exist. */
export function isNotFound(error: unknown): boolean {
  return error instanceof GoogleApiError && error.status === 404;
}

/** True when Google says that the thing exists already. */
export function isAlreadyExists(error: unknown): boolean {
  return (
    error instanceof GoogleApiError &&
    error.status === 409 &&
    /already_?exists|alreadyexists|duplicate/i.test(error.reason)
  );
}

interface ErrorBody {
  error?: {
    message?: string;
    status?: string;
    errors?: { reason?: string }[];
    details?: { reason?: string }[];
  };
}

/** Reads Google's JSON error form; anything else yields no detail, since it might hold anything. */
export function fromResponse(
  site: CallSite,
  status: number,
  body: unknown,
  secrets: readonly SecretText[],
): GoogleApiError {
  const error = typeof body === "object" && body !== null ? (body as ErrorBody).error : undefined;
  const reason =
    error?.errors?.find((entry) => entry.reason)?.reason ??
    error?.status ??
    error?.details?.find((entry) => entry.reason)?.reason ??
    "UNKNOWN";
  return new GoogleApiError(site, status, reason, redact(error?.message ?? "", secrets));
}

/**
 * Replaces every occurrence of the given secrets in a text that a server wrote. Google's validation
 * messages quote the value they object to, so this is needed although we never quote one ourselves.
 */
export function redact(text: string, secrets: readonly SecretText[]): string {
  return secrets
    .map((secret) => secret.reveal())
    .filter((value) => value.length > 0)
    .sort((left, right) => right.length - left.length)
    .reduce((result, value) => result.split(value).join("[secret]"), text);
}
