import * as pulumi from "@pulumi/pulumi";
import { SecretReader } from "../../components/access/secret-reader";
import { acceptedEnv } from "../../components/consumers/cloud-run";
import { CloudRunJob } from "../../components/consumers/cloud-run-job";
import { CloudRunService } from "../../components/consumers/cloud-run-service";
import { activeOf } from "../../components/generations";
import { ServiceIdentity } from "../../components/secrets/service-identity";
import { GoogleSecretManager } from "../../components/stores/google-secret-manager";
import { runToken } from "../run-token";
import type { CapanelSecrets } from "./index";
import { CapanelSettings } from "./settings";
import type { CapanelStores } from "./stores";

/** What runs on Cloud Run. */
export interface CapanelServices {
  readonly api: CloudRunService;
  readonly web: CloudRunService;
}

/** Declares the API, the job that re-seeds the administrator, and the front end, each with an identity that reads only its own. */
export function capanelServices(
  settings: CapanelSettings,
  secrets: CapanelSecrets,
  stores: CapanelStores,
): CapanelServices {
  const api = declareApi(settings, secrets, stores);
  declareSeedJob(settings, secrets, stores, api);
  return { api, web: declareWeb(settings, secrets, stores) };
}

function declareApi(
  settings: CapanelSettings,
  secrets: CapanelSecrets,
  stores: CapanelStores,
): CloudRunService {
  const { identity, reader } = readerOf("capanel-api", settings, settings.serviceAccountKeys.api, {
    "postgres-password": stores.database,
    "secret-key": stores.secretKey,
  });
  return new CloudRunService(
    "capanel-api",
    {
      ...place(settings, "capanel-api", settings.apiImage, identity),
      ingress: settings.ingress,
      public: settings.public,
      cloudSqlConnection: settings.cloudSqlConnection,
      env: {
        APP_MODE: "api",
        FIRST_SUPERUSER: settings.adminUser,
        ...databaseEnv(settings, secrets),
      },
      secretEnv: [
        pinned("POSTGRES_PASSWORD", stores.database),
        pinned("SECRET_KEY", stores.secretKey),
        ...acceptedEnv("SECRET_KEY", stores.secretKey.secretId, stores.secretKey.versions),
      ],
      generations: {
        CLOUD_SQL_PASSWORD: activeOf(secrets.database.generations).generation,
        SECRET_KEY: activeOf(secrets.secretKey.generations).generation,
      },
    },
    { dependsOn: [reader] },
  );
}

function declareSeedJob(
  settings: CapanelSettings,
  secrets: CapanelSecrets,
  stores: CapanelStores,
  api: CloudRunService,
): CloudRunJob {
  const { identity, reader } = readerOf("capanel-seed", settings, undefined, {
    "postgres-password": stores.database,
    "first-superuser-password": stores.admin,
  });
  const generation = activeOf(secrets.admin.generations).generation;
  return new CloudRunJob(
    "capanel-seed-admin",
    {
      ...place(settings, "capanel-seed-admin", settings.apiImage, identity),
      cloudSqlConnection: settings.cloudSqlConnection,
      env: {
        APP_MODE: "seed-admin",
        FIRST_SUPERUSER: settings.adminUser,
        ...databaseEnv(settings, secrets),
      },
      secretEnv: [
        pinned("POSTGRES_PASSWORD", stores.database),
        pinned("FIRST_SUPERUSER_PASSWORD", stores.admin),
      ],
      generations: {
        CLOUD_SQL_PASSWORD: activeOf(secrets.database.generations).generation,
        FIRST_SUPERUSER_PASSWORD: generation,
      },
      runToken: runToken(generation, secrets.admin.activatedAt),
    },
    // The tables that it writes to are made by the service's first start.
    { dependsOn: [reader, api] },
  );
}

function declareWeb(
  settings: CapanelSettings,
  secrets: CapanelSecrets,
  stores: CapanelStores,
): CloudRunService {
  const { identity, reader } = readerOf("capanel-web", settings, settings.serviceAccountKeys.web, {
    "vite-strapi-api-key": stores.strapi,
  });
  return new CloudRunService(
    "capanel-web",
    {
      ...place(settings, "capanel-web", settings.webImage, identity),
      ingress: settings.ingress,
      public: settings.public,
      env: { APP_MODE: "web" },
      secretEnv: [pinned("VITE_STRAPI_API_KEY", stores.strapi)],
      generations: { VITE_STRAPI_API_KEY: activeOf(secrets.strapi.generations).generation },
    },
    { dependsOn: [reader] },
  );
}

function readerOf(
  accountId: string,
  { project }: CapanelSettings,
  key: CapanelSettings["serviceAccountKeys"]["api"],
  reads: Readonly<Record<string, GoogleSecretManager>>,
): { identity: ServiceIdentity; reader: SecretReader } {
  const identity = new ServiceIdentity(`${accountId}-identity`, { project, accountId, key });
  const secrets = Object.fromEntries(
    Object.entries(reads).map(([short, store]) => [short, store.secretId]),
  );
  const reader = new SecretReader(`${accountId}-reads`, {
    project,
    member: identity.member,
    secrets,
  });
  return { identity, reader };
}

function place(
  { project, region }: CapanelSettings,
  serviceName: string,
  image: string,
  identity: ServiceIdentity,
) {
  return { project, location: region, serviceName, image, serviceAccount: identity.email };
}

function pinned(name: string, store: GoogleSecretManager) {
  return { name, secretId: store.secretId, version: store.activeVersion };
}

/** The user's name goes with its password: both change in the same revision. */
function databaseEnv(
  settings: CapanelSettings,
  secrets: CapanelSecrets,
): Record<string, pulumi.Input<string>> {
  return {
    POSTGRES_SERVER: settings.databaseServer,
    POSTGRES_DB: settings.database,
    POSTGRES_OWNER_ROLE: settings.ownerRole,
    POSTGRES_USER: activeOf(secrets.database.generations).username,
  };
}
