/** Environment of a container's process: plain variables, and secrets read as the workload's own account when the process starts. */
import type { CloudContext } from "./context";
import { ApiError } from "./errors";
import type { Failure } from "./run-names";
import type { EnvVar } from "./run-schemas";

/** A workload that cannot start; its message is what the caller of the API reads, and never holds a value. */
export class StartFailure extends Error {
  constructor(readonly failure: Failure) {
    super(failure.message);
    this.name = "StartFailure";
  }
}

/**
 * Values by name; throws a {@link StartFailure} that lists every secret that cannot be read.
 * @param account e-mail address of the service account.
 * @param who how the message calls the workload: `Revision` or `Job`.
 */
export function resolveEnv(
  ctx: CloudContext,
  env: readonly EnvVar[],
  account: string,
  who: "Revision" | "Job",
): Record<string, string> {
  const values: Record<string, string> = {};
  const problems: string[] = [];
  env.forEach(({ name, value, valueSource }, i) => {
    if (valueSource === undefined) {
      values[name] = value ?? "";
      return;
    }
    const { secret, version = "latest" } = valueSource.secretKeyRef;
    const id = secret.split("/").at(-1) ?? secret;
    try {
      values[name] = ctx.accessSecret(id, version || "latest", `serviceAccount:${account}`);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const at = `spec.template.spec.containers[0].env[${i}].value_from.secret_key_ref.name`;
      const path = `projects/${ctx.projectNumber}/secrets/${id}/versions/${version}`;
      problems.push(`${at}: ${wording(error, path, account, who)}`);
    }
  });
  if (problems.length > 0) {
    throw new StartFailure({
      message: problems.join("\n"),
      reason: "SECRETS_ACCESS_CHECK_FAILED",
    });
  }
  return values;
}

function wording(error: ApiError, path: string, account: string, who: string): string {
  if (error.reason === "PERMISSION_DENIED") {
    return (
      `Permission denied on secret: ${path} for ${who} service account ${account}. The service account used must be granted ` +
      "the 'Secret Manager Secret Accessor' role (roles/secretmanager.secretAccessor) at the secret, project or higher level."
    );
  }
  if (error.reason === "NOT_FOUND") return `Secret ${path} was not found`;
  return error.message;
}
