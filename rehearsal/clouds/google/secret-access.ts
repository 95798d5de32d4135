/** Reading a secret's value: the one place that asks IAM, checks the version's state and leaves an audit entry of every try. */
import type { AuditLog } from "./audit";
import { ApiError } from "./errors";
import type { Caller } from "./router";
import type { SecretStore, Version } from "./secret-store";

/** Full name of the RPC, as audit logs give it. */
export const ACCESS_RPC = "google.cloud.secretmanager.v1.SecretManagerService.AccessSecretVersion";

/**
 * The value for a caller. The owner needs no grant; everybody else needs `secretmanager.versions.access` on the secret or the
 * project (403 otherwise). 404 for an unknown secret or version, 400 FAILED_PRECONDITION for one that is not enabled.
 */
export function accessSecret(
  { secrets, audit }: { secrets: SecretStore; audit: AuditLog },
  id: string,
  which: string,
  caller: Caller,
): { version: Version; data: Buffer } {
  const record = (version: number | string, error?: ApiError) =>
    audit.record({
      serviceName: "secretmanager.googleapis.com",
      methodName: ACCESS_RPC,
      resourceName: secrets.name(id, version),
      log: "data_access",
      caller,
      ...(error ? { status: error.rpcStatus() } : {}),
    });
  try {
    const read = caller.owner
      ? secrets.access(id, which)
      : secrets.accessAs(id, which, caller.member);
    record(read.version.number);
    return read;
  } catch (error) {
    if (error instanceof ApiError) record(which, error);
    throw error;
  }
}
