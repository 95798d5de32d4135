import { SecretDeclaration } from "../../components/inventory";

const system = "capanel";

/** The secrets of capanel, in the order in which a rotation of all of them reports. Plain data: no value, no resource. */
export const CAPANEL_SECRETS: readonly SecretDeclaration[] = [
  {
    name: "CLOUD_SQL_PASSWORD",
    component: "capanel-database",
    graceHours: 24,
    class: "database-credential",
    system,
    group: "gcloud",
    accepts: "many",
    source: "generated",
    stores: ["google-secret-manager:capanel-postgres-password"],
    consumers: [
      "cloud-sql-user:capanel",
      "cloud-run-service:capanel-api",
      "cloud-run-job:capanel-seed-admin",
    ],
    interruption: "none",
    interruptionInOneUpdate: "none",
  },
  {
    name: "SECRET_KEY",
    component: "capanel-secret-key",
    graceHours: 192,
    class: "token",
    system,
    group: "secret-key",
    accepts: "many",
    source: "generated",
    stores: ["google-secret-manager:capanel-secret-key"],
    consumers: ["cloud-run-service:capanel-api"],
    interruption: "none",
    interruptionInOneUpdate:
      "re-login: tokens of the new key get 401 from instances that do not know it yet",
  },
  {
    name: "FIRST_SUPERUSER_PASSWORD",
    component: "capanel-admin",
    graceHours: 24,
    class: "admin-password",
    system,
    group: "admin",
    accepts: "one",
    source: "generated",
    stores: ["google-secret-manager:capanel-first-superuser-password"],
    consumers: ["cloud-run-job:capanel-seed-admin"],
    interruption:
      "re-login of the administrator: the old password is refused from the activation on",
    interruptionInOneUpdate:
      "re-login of the administrator: the old password is refused from the activation on",
  },
  {
    name: "VITE_STRAPI_API_KEY",
    component: "capanel-strapi",
    graceHours: 24,
    class: "external-key",
    system,
    group: "external",
    accepts: "one",
    source: "external",
    stores: ["google-secret-manager:capanel-vite-strapi-api-key"],
    consumers: ["cloud-run-service:capanel-web"],
    interruption: "rebuild of the front end; pages loaded before it keep the old key",
    interruptionInOneUpdate: "rebuild of the front end; pages loaded before it keep the old key",
    public: true,
    issuer: "strapi",
    issuerPage: "the API tokens page of the Strapi administration",
  },
  {
    name: "POSTGRES_PASSWORD",
    component: "capanel-local-database",
    graceHours: 24,
    class: "password",
    system,
    group: "local-db",
    environments: ["dev"],
    accepts: "one",
    source: "generated",
    stores: ["env-file:.env"],
    consumers: ["local-database:capanel"],
    interruption: "new connections of the local application need the new .env",
    interruptionInOneUpdate: "new connections of the local application need the new .env",
  },
];

const SINGLE_USER =
  "log-ins with the old password fail from the activation until the last client has the new one";

/**
 * The secrets of a stack with these settings, read as far as they change a declaration; whether they are legal is for the program to
 * say. A single database user has one password at a time, so that a rotation of it interrupts.
 *
 * @param settings what `rekey:capanel` holds.
 */
export function capanelSecrets(settings: unknown): readonly SecretDeclaration[] {
  if (!isSingle(settings)) return CAPANEL_SECRETS;
  return CAPANEL_SECRETS.map((secret) =>
    secret.name === "CLOUD_SQL_PASSWORD"
      ? {
          ...secret,
          accepts: "one",
          interruption: SINGLE_USER,
          interruptionInOneUpdate: SINGLE_USER,
        }
      : secret,
  );
}

function isSingle(settings: unknown): boolean {
  const { databaseUsers } = (settings ?? {}) as { databaseUsers?: unknown };
  return databaseUsers === "single";
}
