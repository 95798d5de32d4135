/** The rotation function of AWS Secrets Manager: one deployment rotates secrets of one kind. Settings come by the environment. */
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import type { Acceptance } from "./acceptance";
import type { RotationEvent } from "./event";
import { parseLogin, type PostgresTarget, postgresStrategy } from "./postgres";
import { type Strategy, takeStep } from "./steps";
import { tokenStrategy } from "./token";
import { RotatedSecret } from "./versions";

type Environment = Readonly<Record<string, string | undefined>>;

/** What the function runtime hands over beside the event. */
export interface RuntimeContext {
  getRemainingTimeInMillis(): number;
}

/** What is left of a call for its last words. */
const RESERVE_MS = 5_000;

/** What the function runtime calls. A failed step ends with its message in the function's log, without any value. */
export async function handler(event: RotationEvent, context: RuntimeContext): Promise<void> {
  const client = new SecretsManagerClient({});
  const secret = new RotatedSecret(client, event.SecretId);
  const deadline = Date.now() + context.getRemainingTimeInMillis() - RESERVE_MS;
  await takeStep(event, secret, strategyOf(process.env, client, event.SecretId, deadline));
}

/**
 * The strategy that the environment names: `REKEY_ROTATION_KIND` is `token` or `postgres`; the former takes `REKEY_ACCEPTED_AT`, JSON of an
 * {@link Acceptance} by the secret's ARN, for those that have one, the latter `REKEY_DATABASE`, JSON of {@link PostgresTarget}, and
 * `REKEY_ADMIN_SECRET`, the ARN of the secret with the login that may alter users.
 */
export function strategyOf(
  env: Environment,
  client: SecretsManagerClient,
  secretId: string,
  deadline: number,
): Strategy {
  const kind = env["REKEY_ROTATION_KIND"];
  if (kind === "token") {
    const all = JSON.parse(env["REKEY_ACCEPTED_AT"] ?? "{}") as Record<string, Acceptance>;
    const acceptance = all[secretId];
    return tokenStrategy(acceptance && { ...acceptance, deadline });
  }
  if (kind !== "postgres")
    throw new Error(`REKEY_ROTATION_KIND is ${JSON.stringify(kind)}; allowed: token, postgres`);
  const { REKEY_DATABASE: database, REKEY_ADMIN_SECRET: adminSecret } = env;
  if (!database || !adminSecret)
    throw new Error("REKEY_ROTATION_KIND postgres needs REKEY_DATABASE and REKEY_ADMIN_SECRET");
  const admin = async () => parseLogin(await new RotatedSecret(client, adminSecret).current());
  return postgresStrategy(JSON.parse(database) as PostgresTarget, admin);
}
