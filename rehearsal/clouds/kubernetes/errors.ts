/** Errors as a Kubernetes API server answers them: a `metav1.Status`. Messages never hold a value of a secret. */

/** The reasons that the fake gives. */
export type StatusReason =
  | "BadRequest"
  | "Unauthorized"
  | "Forbidden"
  | "NotFound"
  | "MethodNotAllowed"
  | "AlreadyExists"
  | "Conflict"
  | "Invalid"
  | "Expired"
  | "NotAcceptable"
  | "UnsupportedMediaType"
  | "InternalError";

/** One cause of a refusal: the field and what is wrong with it. */
export interface StatusCause {
  readonly field: string;
  readonly message: string;
  readonly reason?: string;
}

/** An answer other than success. Throw it from a handler; every other exception becomes a 500. */
export class StatusError extends Error {
  constructor(
    readonly status: number,
    readonly reason: StatusReason,
    message: string,
    readonly causes: readonly StatusCause[] = [],
  ) {
    super(message);
    this.name = "StatusError";
  }

  body(): object {
    return {
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Failure",
      message: this.message,
      reason: this.reason,
      ...(this.causes.length > 0 ? { details: { causes: this.causes } } : {}),
      code: this.status,
    };
  }
}

/** 404: there is no object of that name, or no such resource. */
export function notFound(plural: string, name: string): StatusError {
  return new StatusError(404, "NotFound", `${plural} "${name}" not found`);
}

/** 422: the object breaks a rule of its kind. */
export function invalid(kind: string, name: string, causes: readonly StatusCause[]): StatusError {
  const list = causes.map(({ field, message }) => `${field}: ${message}`);
  const text = list.length > 1 ? `[${list.join(", ")}]` : (list[0] ?? "");
  return new StatusError(422, "Invalid", `${kind} "${name}" is invalid: ${text}`, causes);
}
