/** The rotation function of AWS Secrets Manager: one deployment rotates secrets of one kind. Settings come by the environment. */
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import type { RotationEvent } from "./event";
import { parseLogin, type PostgresTarget, postgresStrategy } from "./postgres";
import { type Strategy, takeStep } from "./steps";
import { tokenStrategy } from "./token";
import { RotatedSecret } from "./versions";

type Environment = Readonly<Record<string, string | undefined>>;

/** What the function runtime calls. A failed step ends with its message in the function's log, without any value. */
export async function handler(event: RotationEvent): Promise<void> {
  const client = new SecretsManagerClient({});
  const secret = new RotatedSecret(client, event.SecretId);
  await takeStep(event, secret, strategyOf(process.env, client));
}

/**
 * The strategy that the environment names: `REKEY_ROTATION_KIND` is `token` or `postgres`; the latter takes `REKEY_DATABASE`, JSON of
 * {@link PostgresTarget}, and `REKEY_ADMIN_SECRET`, the ARN of the secret with the login that may alter users.
 */
export function strategyOf(env: Environment, client: SecretsManagerClient): Strategy {
  const kind = env["REKEY_ROTATION_KIND"];
  if (kind === "token") return tokenStrategy();
  if (kind !== "postgres")
    throw new Error(`REKEY_ROTATION_KIND is ${JSON.stringify(kind)}; allowed: token, postgres`);
  const { REKEY_DATABASE: database, REKEY_ADMIN_SECRET: adminSecret } = env;
  if (!database || !adminSecret)
    throw new Error("REKEY_ROTATION_KIND postgres needs REKEY_DATABASE and REKEY_ADMIN_SECRET");
  const admin = async () => parseLogin(await new RotatedSecret(client, adminSecret).current());
  return postgresStrategy(JSON.parse(database) as PostgresTarget, admin);
}
