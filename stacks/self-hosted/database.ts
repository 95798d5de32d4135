import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { Provider } from "@pulumi/postgresql";
import { PostgresAdmin } from "../../components/consumers/postgres-admin";
import { PostgresRoles } from "../../components/consumers/postgres-roles";
import { activeOf } from "../../components/generations";
import { RotationRecord } from "../../components/rotation";
import { DatabaseCredential } from "../../components/secrets/database-credential";
import { Configuration } from "../configuration";
import { DatabaseSettings } from "./settings";

/** What {@link databaseUsers} works with. */
export interface DatabaseUsersArgs {
  readonly settings: DatabaseSettings;
  readonly admin: PostgresAdmin;
  readonly record: RotationRecord;
  readonly credential: DatabaseCredential;
  /** Runs before a retired user loses anything. */
  readonly beforeRetirement: pulumi.ResourceHook;
}

/** The administrator's connection, for the provider and for the hooks that end connections. */
export function adminOf(
  system: string,
  { credential }: Configuration,
  settings: DatabaseSettings,
): PostgresAdmin {
  const { host, port, adminUser, sslmode, caCertificateFile } = settings;
  return {
    host,
    port,
    database: settings.name,
    username: adminUser,
    password: credential(`${system}-database-admin`),
    sslmode,
    ...(caCertificateFile === undefined
      ? {}
      : { caCertificate: readFileSync(caCertificateFile, "utf8") }),
  };
}

/** Declares the users of a self-hosted system's database, one a live generation, on a provider of their own. */
export function databaseUsers(
  system: string,
  { settings, admin, record, credential, beforeRetirement }: DatabaseUsersArgs,
): PostgresRoles {
  const provider = new Provider(`${system}-database-server`, {
    host: admin.host,
    port: admin.port,
    database: admin.database,
    username: admin.username,
    password: admin.password,
    sslmode: admin.sslmode,
    sslrootcert: settings.caCertificateFile,
    // Managed services have no superuser; the one who makes roles is enough.
    superuser: false,
  });
  return new PostgresRoles(
    `${system}-database-users`,
    {
      database: settings.name,
      generations: credential.generations,
      users: credential.users,
      ownerRole: settings.ownerRole,
      groupRole: settings.groupRole,
      actAsOwner: true,
      graceEnds: record.graceEnds,
      admin,
      // What an emergency left out stands in the record.
      drainSeconds: record.skipped === undefined ? settings.drainSeconds : 0,
      beforeRetirement,
    },
    { providers: [provider] },
  );
}

/** The plain variables by which the application finds its database. */
export function databaseEnv(
  settings: DatabaseSettings,
  credential: DatabaseCredential,
): Record<string, string> {
  return {
    POSTGRES_SERVER: settings.server ?? `${settings.host}:${settings.port}`,
    POSTGRES_DB: settings.name,
    POSTGRES_OWNER_ROLE: settings.ownerRole,
    POSTGRES_USER: activeOf(credential.generations).username,
  };
}
