import * as pulumi from "@pulumi/pulumi";
import { AdminPassword } from "../../components/secrets/admin-password";
import { DatabaseCredential } from "../../components/secrets/database-credential";
import { ExternalKey } from "../../components/secrets/external-key";
import { Token } from "../../components/secrets/token";
import { Adopted } from "../../components/generations";
import { CloudSqlUsers } from "../../components/consumers/cloud-sql-users";
import { Verification } from "../../components/verification";
import { Configuration, recordOf } from "../configuration";
import { CapanelSettings, readCapanelSettings } from "./settings";
import { capanelStores } from "./stores";
import { CapanelServices, capanelServices } from "./services";
import { capanelLocal } from "./local";

/** The secrets of capanel, each with its live generations. */
export interface CapanelSecrets {
  readonly database: DatabaseCredential;
  readonly secretKey: Token;
  readonly admin: AdminPassword;
  readonly strapi: ExternalKey;
}

/**
 * capanel: an application on Google Cloud. Its secrets, the database users, the entries in Secret Manager, the Cloud Run services
 * that read exactly those, the job that re-seeds the administrator, and in dev the local database's password.
 */
export function capanel(configuration: Configuration): Record<string, pulumi.Output<string>> {
  const settings = readCapanelSettings(configuration.settings("capanel"));
  // First, because it alone can be refused for what the stack is, and that before anything is declared.
  if (settings.local) capanelLocal(configuration, settings.local);
  const verification = new Verification("capanel");
  const secrets = declareSecrets(configuration, settings);
  const users = databaseUsers(secrets.database, settings, verification);
  const stores = capanelStores(configuration, settings, secrets, users, verification);
  const services = capanelServices(settings, secrets, stores);
  if (settings.verify === "http") expectReady(verification, services);
  return { capanelApi: services.api.uri, capanelWeb: services.web.uri };
}

function declareSecrets(
  { records, external }: Configuration,
  { databaseUser, databaseUsers: users, adopt }: CapanelSettings,
): CapanelSecrets {
  const declared = (name: string) => ({
    record: recordOf(records, name),
    adopted: adopted(adopt[name]),
  });
  const strapi = "VITE_STRAPI_API_KEY";
  return {
    database: new DatabaseCredential("capanel-database", {
      ...declared("CLOUD_SQL_PASSWORD"),
      user: databaseUser,
      users,
    }),
    secretKey: new Token("capanel-secret-key", declared("SECRET_KEY")),
    admin: new AdminPassword("capanel-admin", declared("FIRST_SUPERUSER_PASSWORD")),
    strapi: new ExternalKey("capanel-strapi", {
      secret: strapi,
      record: recordOf(records, strapi),
      values: external[strapi] ?? {},
    }),
  };
}

function adopted(found: CapanelSettings["adopt"][string] | undefined): Adopted | undefined {
  return found && { storeVersion: found.version, ...(found.user ? { username: found.user } : {}) };
}

function databaseUsers(
  credential: DatabaseCredential,
  { project, sqlInstance, ownerRole }: CapanelSettings,
  { hook }: Verification,
): CloudSqlUsers {
  return new CloudSqlUsers("capanel-database-users", {
    project,
    instance: sqlInstance,
    ownerRole,
    generations: credential.generations,
    users: credential.users,
    beforeRetirement: hook,
  });
}

function expectReady(verification: Verification, { api, web }: CapanelServices): void {
  for (const service of [api, web]) verification.expect(pulumi.interpolate`${service.uri}/readyz`);
}
