import * as pulumi from "@pulumi/pulumi";
import { ComposeHost, SecretVariable } from "../../components/consumers/compose-host";
import { ComposeJob } from "../../components/consumers/compose-job";
import { activeOf } from "../../components/generations";
import { readParts } from "../../components/parts";
import { ExternalKey } from "../../components/secrets/external-key";
import { JwtKey } from "../../components/secrets/jwt-key";
import { SKIPPED } from "../../components/skipped";
import { Verification } from "../../components/verification";
import { Configuration, recordOf } from "../configuration";
import { adminOf, databaseEnv, databaseUsers } from "../self-hosted/database";
import { acceptedVariables, activeVariable, connectionOf, valueOf } from "../self-hosted/env";
import { PROXMOX_PARTS } from "./inventory";
import { ProxpanelSecrets, proxpanelSecrets } from "./secrets";
import { runToken } from "../run-token";
import { hostWork } from "../self-hosted/host";
import { ProxpanelSettings, readProxpanelSettings } from "./settings";

/**
 * proxpanel: a self-hosted panel of two instances behind a proxy. Its secrets, the database users, the env file, the job that gives
 * the administrator the new password, and in an emergency the one that ends every session.
 */
export function proxpanel(configuration: Configuration): Record<string, pulumi.Output<string>> {
  const settings = readProxpanelSettings(configuration.settings("proxpanel"));
  const { records } = configuration;
  const admin = adminOf("proxpanel", configuration, settings.database);
  const verification = new Verification("proxpanel");
  verification.expect(pulumi.output(`${settings.url}/readyz`));
  const secrets = proxpanelSecrets(configuration, settings);
  const users = databaseUsers("proxpanel", {
    settings: settings.database,
    admin,
    record: recordOf(records, "POSTGRES_PASSWORD"),
    credential: secrets.database,
    beforeRetirement: verification.hook,
  });
  const host = declareHost(configuration, settings, secrets, users);
  const seeded = new ComposeJob(
    "proxpanel-seed-admin",
    {
      ...hostPlace(configuration, settings),
      service: "seed-admin",
      runToken: runToken(
        activeOf(secrets.admin.generations).generation,
        recordOf(records, "ADMIN_PASSWORD").at,
      ),
    },
    { dependsOn: [host] },
  );
  endSessions(configuration, settings, [host, seeded]);
  return { proxpanel: pulumi.output(settings.url) };
}

/** The secrets by which somebody could have opened a session, by the short name of their jobs. */
const OPEN_SESSIONS = {
  jwt: "JWT_SECRET",
  "jwt-refresh": "JWT_REFRESH_SECRET",
  admin: "ADMIN_PASSWORD",
};

/**
 * Whoever got in with an exposed secret is put out again; after an ordinary rotation nobody is. A job for each secret, so that the next
 * move of one, which takes its job away, runs none.
 */
function endSessions(
  configuration: Configuration,
  settings: ProxpanelSettings,
  dependsOn: readonly pulumi.Resource[],
): void {
  for (const [short, name] of Object.entries(OPEN_SESSIONS)) {
    const { skipped, generation, at } = recordOf(configuration.records, name);
    // Not where an older generation only made room for the replacement: sessions would be ended before it, and again after it.
    if (skipped !== SKIPPED) continue;
    new ComposeJob(
      `proxpanel-revoke-sessions-${short}`,
      {
        ...hostPlace(configuration, settings),
        service: "revoke-sessions",
        runToken: runToken(generation, at),
      },
      { dependsOn: [...dependsOn] },
    );
  }
}

function declareHost(
  configuration: Configuration,
  settings: ProxpanelSettings,
  secrets: ProxpanelSecrets,
  users: pulumi.Resource,
): ComposeHost {
  const { jwt, refresh, database, admin, backup, webhooks, proxmox } = secrets;
  return new ComposeHost(
    "proxpanel-host",
    {
      ...hostPlace(configuration, settings),
      ...hostWork(configuration, "proxpanel", settings.host),
      env: {
        ...databaseEnv(settings.database, database),
        ADMIN_USER: settings.adminUser,
        JWT_SECRET_KID: activeOf(jwt.generations).kid,
        ...(usesPairs(jwt) && { JWT_SECRET_ALGORITHM: activeOf(jwt.generations).algorithm }),
        BACKUP_ENCRYPTION_KEY_ID: activeOf(backup.generations).kid,
        PROXMOX_URL: settings.proxmoxUrl,
      },
      secretEnv: [
        ...accessTokenVariables(jwt),
        ...acceptedVariables("JWT_REFRESH_SECRET", refresh.generations),
        activeVariable("POSTGRES_PASSWORD", database.generations),
        activeVariable("ADMIN_PASSWORD", admin.generations),
        ...acceptedVariables("BACKUP_ENCRYPTION_KEY", backup.generations),
        ...webhooks.flatMap(({ forConsumers }) =>
          forConsumers.map(({ name, generation }) => ({ name, value: valueOf(name, generation) })),
        ),
        { name: "PROXMOX_TOKEN_ID", value: proxmoxPart(proxmox, "id") },
        { name: "PROXMOX_TOKEN_SECRET", value: proxmoxPart(proxmox, "secret") },
      ],
      generations: generationsOf(secrets),
    },
    // Whoever logs in with the new user finds it there.
    { dependsOn: [users] },
  );
}

/** Of texts the application gets every live one; of pairs the active private half, and a set of public ones to verify with. */
function accessTokenVariables(jwt: JwtKey): SecretVariable[] {
  if (!usesPairs(jwt)) return acceptedVariables("JWT_SECRET", jwt.generations);
  const { jwks } = jwt;
  if (jwks === undefined) throw new Error("a key of the set stands in a store only");
  return [activeVariable("JWT_SECRET", jwt.generations), { name: "JWT_JWKS", value: jwks }];
}

function usesPairs({ generations }: JwtKey): boolean {
  return generations.some(({ algorithm }) => algorithm !== "HS256");
}

/** A token's id and its secret change together. */
function proxmoxPart(
  { generations }: ExternalKey,
  part: (typeof PROXMOX_PARTS)[number],
): pulumi.Output<string> {
  const name = "PROXMOX_TOKEN_SECRET";
  return valueOf(name, activeOf(generations)).apply((text) => {
    const read = readParts(text, PROXMOX_PARTS);
    if ("parts" in read) return read.parts[part] ?? "";
    throw new Error(`${name} ${read.problem}: take it in anew with \`rekey stage ${name}\``);
  });
}

function generationsOf(secrets: ProxpanelSecrets): Record<string, number> {
  const [paystack, flutterwave, alerting] = secrets.webhooks;
  const bySecret = {
    JWT_SECRET: secrets.jwt,
    JWT_REFRESH_SECRET: secrets.refresh,
    POSTGRES_PASSWORD: secrets.database,
    ADMIN_PASSWORD: secrets.admin,
    BACKUP_ENCRYPTION_KEY: secrets.backup,
    PAYSTACK_SECRET: paystack,
    FLUTTERWAVE_WEBHOOK_HASH: flutterwave,
    ALERTING_WEBHOOK_SECRET: alerting,
    PROXMOX_TOKEN_SECRET: secrets.proxmox,
  };
  return Object.fromEntries(
    Object.entries(bySecret).flatMap(([name, secret]) =>
      secret ? [[name, activeOf(secret.generations).generation]] : [],
    ),
  );
}

function hostPlace(configuration: Configuration, { host }: ProxpanelSettings) {
  const { envFile, composeFile } = host;
  return {
    environment: configuration.environment,
    connection: connectionOf("proxpanel", configuration, host),
    envFile,
    composeFile,
  };
}
