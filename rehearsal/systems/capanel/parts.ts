import type { Stage } from "../system";

/** The first administrator of the sample application. */
export const ADMIN = "admin@example.com";
/** The developer's own database, in which POSTGRES_PASSWORD is a password. */
export const LOCAL = { database: "capanel_local", user: "capanel_local" } as const;
/** Path of the log-in. */
export const LOGIN = "/api/v1/login/access-token";
/** Path of a page that only a session sees. */
export const ME = "/api/v1/users/me";

/** The entry in Secret Manager of each secret that it keeps. */
export const ENTRIES: Readonly<Record<string, string>> = {
  CLOUD_SQL_PASSWORD: "capanel-postgres-password",
  SECRET_KEY: "capanel-secret-key",
  FIRST_SUPERUSER_PASSWORD: "capanel-first-superuser-password",
  VITE_STRAPI_API_KEY: "capanel-vite-strapi-api-key",
};

/** The API's address. */
export function api({ outputs }: Pick<Stage, "outputs">): string {
  return String(outputs["capanelApi"]);
}
