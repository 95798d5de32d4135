import type { Database } from "../database";

/** Which keys the rows of `email_connections` are under. */
export interface KeyVersions {
  /** Rows with an access token by the version that they say, lowest first. */
  readonly versions: readonly { readonly version: number | null; readonly rows: number }[];
  /** Rows with an access token that say no version: 0 after a complete back-fill. */
  readonly withoutVersion: number;
}

/** The runbook's two verification queries in one. */
export async function keyVersions(database: Database): Promise<KeyVersions> {
  const versions = await database.rows<{ version: number | null; rows: number }>(
    `SELECT encryption_key_version AS version, count(*)::float8 AS rows FROM email_connections
     WHERE encrypted_access_token IS NOT NULL GROUP BY 1 ORDER BY 1`,
  );
  const without = versions.find(({ version }) => version === null);
  return { versions, withoutVersion: without?.rows ?? 0 };
}
