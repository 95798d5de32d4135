/**
 * Errors as Google's APIs answer them over REST. Messages never hold a value of a secret: only names, numbers and bounds.
 *
 * Two shapes are in use: the current one (`status` and typed `details`) and the older one of Cloud SQL (`errors[]` with a
 * camel-case reason), which clients and the official provider tell apart by their fields.
 */

/** HTTP status codes of the canonical `google.rpc.Code` names that the fake uses. */
const HTTP_OF = {
  INVALID_ARGUMENT: 400,
  FAILED_PRECONDITION: 400,
  OUT_OF_RANGE: 400,
  UNAUTHENTICATED: 401,
  PERMISSION_DENIED: 403,
  NOT_FOUND: 404,
  ABORTED: 409,
  ALREADY_EXISTS: 409,
  RESOURCE_EXHAUSTED: 429,
  CANCELLED: 499,
  UNKNOWN: 500,
  INTERNAL: 500,
  UNIMPLEMENTED: 501,
  UNAVAILABLE: 503,
  DEADLINE_EXCEEDED: 504,
} as const;

/** `google.rpc.Code` numbers, as they stand in the `error` of a long-running operation. */
const CODE_OF: Record<ApiReason, number> = {
  CANCELLED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  OUT_OF_RANGE: 11,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  UNAUTHENTICATED: 16,
};

/** Canonical reason, the `status` field of an error body. */
export type ApiReason = keyof typeof HTTP_OF;

/** One typed detail of an error, with its `@type`. */
export type ErrorDetail = { "@type": string } & Record<string, unknown>;

/** An answer other than success. Throw it from a handler; the router renders it, every other exception becomes a 500. */
export class ApiError extends Error {
  /**
   * @param status HTTP status code of the answer.
   * @param reason canonical reason (`NOT_FOUND`, `FAILED_PRECONDITION`, …).
   * @param message what the client sees; name the input and its bound, never a secret.
   * @param details typed details, absent by default.
   * @param legacyReason camel-case reason of the older shape; when given, the body has `errors[]` and no `status`.
   */
  constructor(
    readonly status: number,
    readonly reason: ApiReason,
    message: string,
    readonly details: ErrorDetail[] = [],
    readonly legacyReason?: string,
  ) {
    super(message);
    this.name = "ApiError";
  }

  /** An error in the older shape of Cloud SQL, for instance `ApiError.legacy(409, "operationInProgress", …)`. */
  static legacy(status: number, legacyReason: string, message: string): ApiError {
    return new ApiError(status, reasonOf(status), message, [], legacyReason);
  }

  /** JSON body of the answer. */
  body(): { error: Record<string, unknown> } {
    const error: Record<string, unknown> = { code: this.status, message: this.message };
    if (this.legacyReason !== undefined) {
      error["errors"] = [{ message: this.message, domain: "global", reason: this.legacyReason }];
    } else {
      error["status"] = this.reason;
      if (this.details.length > 0) error["details"] = this.details;
    }
    return { error };
  }

  /** The same error as a `google.rpc.Status`, the `error` of a long-running operation: canonical number, no HTTP code. */
  rpcStatus(): { code: number; message: string; details?: ErrorDetail[] } {
    const status = { code: CODE_OF[this.reason], message: this.message };
    return this.details.length > 0 ? { ...status, details: this.details } : status;
  }
}

/** 400 INVALID_ARGUMENT. */
export const invalid = (message: string, details?: ErrorDetail[]) =>
  new ApiError(HTTP_OF.INVALID_ARGUMENT, "INVALID_ARGUMENT", message, details);
/** 400 FAILED_PRECONDITION: the state of the resource forbids the call. */
export const precondition = (message: string) =>
  new ApiError(HTTP_OF.FAILED_PRECONDITION, "FAILED_PRECONDITION", message);
/** 404 NOT_FOUND. */
export const notFound = (message: string) => new ApiError(HTTP_OF.NOT_FOUND, "NOT_FOUND", message);
/** 409 ALREADY_EXISTS. */
export const alreadyExists = (message: string) =>
  new ApiError(HTTP_OF.ALREADY_EXISTS, "ALREADY_EXISTS", message);
/** 409 ABORTED: somebody else wrote meanwhile; read again and retry. */
export const aborted = (message: string) => new ApiError(HTTP_OF.ABORTED, "ABORTED", message);
/** 403 PERMISSION_DENIED. */
export const denied = (message: string, details?: ErrorDetail[]) =>
  new ApiError(HTTP_OF.PERMISSION_DENIED, "PERMISSION_DENIED", message, details);

function reasonOf(status: number): ApiReason {
  const found = (Object.keys(HTTP_OF) as ApiReason[]).find((reason) => HTTP_OF[reason] === status);
  return found ?? "UNKNOWN";
}
