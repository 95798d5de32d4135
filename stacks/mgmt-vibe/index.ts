import * as pulumi from "@pulumi/pulumi";
import { ComposeHost } from "../../components/consumers/compose-host";
import { PostgresAdmin } from "../../components/consumers/postgres-admin";
import { ComposeJob } from "../../components/consumers/compose-job";
import { activeOf } from "../../components/generations";
import { ApiKeyPair } from "../../components/secrets/api-key-pair";
import { DatabaseCredential } from "../../components/secrets/database-credential";
import { ExternalKey } from "../../components/secrets/external-key";
import { Keyring } from "../../components/secrets/keyring";
import { SessionSecret } from "../../components/secrets/session-secret";
import { Verification } from "../../components/verification";
import { Configuration, recordOf } from "../configuration";
import { adminOf, databaseEnv, databaseUsers } from "../self-hosted/database";
import { acceptedVariables, activeVariable, connectionOf } from "../self-hosted/env";
import { rowsHook } from "./rows";
import { runToken } from "../run-token";
import { hostWork } from "../self-hosted/host";
import { MgmtVibeSettings, readMgmtVibeSettings } from "./settings";

/** The secrets of mgmt-vibe, each with its live generations. */
interface MgmtVibeSecrets {
  readonly session: SessionSecret;
  readonly database: DatabaseCredential;
  readonly openai: ExternalKey;
  readonly stripe: ApiKeyPair;
  readonly encryption: Keyring;
}

/**
 * mgmt-vibe: an application of two instances behind a proxy on a machine of its own. Its secrets, the database users, the env file,
 * and the jobs that bring encrypted rows under the active key.
 */
export function mgmtVibe(configuration: Configuration): Record<string, pulumi.Output<string>> {
  const settings = readMgmtVibeSettings(configuration.settings("mgmt-vibe"));
  const admin = adminOf("mgmt-vibe", configuration, settings.database);
  const verification = new Verification("mgmt-vibe");
  verification.expect(pulumi.output(`${settings.url}/readyz`));
  const secrets = declareSecrets(configuration, settings, admin);
  const users = databaseUsers("mgmt-vibe", {
    settings: settings.database,
    admin,
    record: recordOf(configuration.records, "DATABASE_PASSWORD"),
    credential: secrets.database,
    beforeRetirement: verification.hook,
  });
  const host = declareHost(configuration, settings, secrets, users);
  const { generation } = activeOf(secrets.encryption.generations);
  const { at } = recordOf(configuration.records, "ENCRYPTION_KEY");
  const job = { ...hostPlace(configuration, settings), runToken: runToken(generation, at) };
  // Rows from before the keyring get the number of their key first: what is left without one after that is of no known form.
  const filled = new ComposeJob(
    "mgmt-vibe-backfill",
    { ...job, service: "backfill" },
    { dependsOn: [host] },
  );
  new ComposeJob(
    "mgmt-vibe-re-encrypt",
    { ...job, service: "re-encrypt" },
    { dependsOn: [filled] },
  );
  return { mgmtVibe: pulumi.output(settings.url) };
}

function declareSecrets(
  { records, external, running, environment }: Configuration,
  { database }: MgmtVibeSettings,
  admin: PostgresAdmin,
): MgmtVibeSecrets {
  const declared = (name: string) => ({
    record: recordOf(records, name),
    runningValue: running.get(name),
    environment,
  });
  const taken = (secret: string) => ({
    ...declared(secret),
    secret,
    values: external[secret] ?? {},
  });
  return {
    session: new SessionSecret("mgmt-vibe-session", declared("SESSION_SECRET")),
    database: new DatabaseCredential("mgmt-vibe-database", {
      ...declared("DATABASE_PASSWORD"),
      user: database.user,
    }),
    openai: new ExternalKey("mgmt-vibe-openai", taken("OPENAI_API_KEY")),
    stripe: new ApiKeyPair("mgmt-vibe-stripe", taken("STRIPE_KEYS")),
    encryption: new Keyring("mgmt-vibe-encryption", {
      ...declared("ENCRYPTION_KEY"),
      beforeRetirement: rowsHook("mgmt-vibe-rows", {
        admin,
        ownerRole: database.ownerRole,
        record: recordOf(records, "ENCRYPTION_KEY"),
        job: "docker compose run --rm re-encrypt",
      }),
    }),
  };
}

function declareHost(
  configuration: Configuration,
  settings: MgmtVibeSettings,
  { session, database, openai, stripe, encryption }: MgmtVibeSecrets,
  users: pulumi.Resource,
): ComposeHost {
  if (!encryption.keys) throw new Error("the keyring has a key that the program does not see");
  return new ComposeHost(
    "mgmt-vibe-host",
    {
      ...hostPlace(configuration, settings),
      ...hostWork(configuration, "mgmt-vibe", settings.host),
      env: {
        ...databaseEnv(settings.database, database),
        ENCRYPTION_KEY_VERSIONS: encryption.keyVersions,
        STRIPE_URL: settings.stripeUrl,
        OPENAI_URL: settings.openaiUrl,
      },
      secretEnv: [
        activeVariable("POSTGRES_PASSWORD", database.generations),
        ...acceptedVariables("SESSION_SECRET", session.generations),
        activeVariable("OPENAI_API_KEY", openai.generations),
        activeVariable("STRIPE_PUBLISHABLE_KEY", stripe.part("publishable")),
        activeVariable("STRIPE_SECRET_KEY", stripe.part("secret")),
        { name: "ENCRYPTION_KEY", value: encryption.keys },
      ],
      generations: {
        SESSION_SECRET: activeOf(session.generations).generation,
        DATABASE_PASSWORD: activeOf(database.generations).generation,
        OPENAI_API_KEY: activeOf(openai.generations).generation,
        STRIPE_KEYS: activeOf(stripe.generations).generation,
        ENCRYPTION_KEY: activeOf(encryption.generations).generation,
      },
    },
    // Whoever logs in with the new user finds it there.
    { dependsOn: [users] },
  );
}

function hostPlace(configuration: Configuration, { host }: MgmtVibeSettings) {
  const { envFile, composeFile } = host;
  return {
    environment: configuration.environment,
    connection: connectionOf("mgmt-vibe", configuration, host),
    envFile,
    composeFile,
  };
}
