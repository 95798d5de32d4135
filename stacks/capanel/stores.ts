import { CloudSqlUsers } from "../../components/consumers/cloud-sql-users";
import { GoogleSecretManager } from "../../components/stores/google-secret-manager";
import { SecretGeneration } from "../../components/generations";
import { Verification } from "../../components/verification";
import { Configuration, recordOf } from "../configuration";
import type { CapanelSecrets } from "./index";
import { CapanelSettings } from "./settings";

/** The entries in Secret Manager, by what they hold. */
export interface CapanelStores {
  readonly database: GoogleSecretManager;
  readonly secretKey: GoogleSecretManager;
  readonly admin: GoogleSecretManager;
  readonly strapi: GoogleSecretManager;
}

/** Publishes capanel's secrets; the database password only after the database has it. */
export function capanelStores(
  { records }: Configuration,
  { project, secretRegions, kmsKey, kmsKeys, adopt }: CapanelSettings,
  secrets: CapanelSecrets,
  users: CloudSqlUsers,
  { hook }: Verification,
): CapanelStores {
  const store = (
    name: string,
    secret: string,
    secretId: string,
    generations: readonly SecretGeneration[],
    after: CloudSqlUsers[] = [],
  ) =>
    new GoogleSecretManager(
      name,
      {
        project,
        secretId,
        generations,
        rotatedAt: recordOf(records, secret).at,
        regions: secretRegions,
        kmsKey,
        kmsKeys,
        // What holds a value before the program ever ran exists already, entry and all.
        adopted:
          adopt[secret] !== undefined ||
          generations.some((live) => live.storeVersion !== undefined),
        beforeRetirement: hook,
      },
      { dependsOn: after },
    );
  return {
    database: store(
      "capanel-postgres-password",
      "CLOUD_SQL_PASSWORD",
      "capanel-postgres-password",
      secrets.database.generations,
      [users],
    ),
    secretKey: store(
      "capanel-secret-key-store",
      "SECRET_KEY",
      "capanel-secret-key",
      secrets.secretKey.generations,
    ),
    admin: store(
      "capanel-first-superuser-password",
      "FIRST_SUPERUSER_PASSWORD",
      "capanel-first-superuser-password",
      secrets.admin.generations,
    ),
    strapi: store(
      "capanel-vite-strapi-api-key",
      "VITE_STRAPI_API_KEY",
      "capanel-vite-strapi-api-key",
      secrets.strapi.generations,
    ),
  };
}
