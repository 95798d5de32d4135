/** The job `backfill`: notes for each encrypted row which generation of the key it is under, as its ciphertext says. Decrypts nothing. */
import type { Database } from "../database";
import { log } from "../log";
import { MGMT } from "../mgmt/schema";
import type { Env } from "../settings";
import { count, withDatabase } from "./database";
import { keyVersions } from "./key-versions";
import { progress } from "./progress";

// A version of more digits would not fit the column; such a row is left alone and counted, as any other unknown form is.
const BATCH = `
  WITH batch AS MATERIALIZED (
    SELECT id, encrypted_access_token AS token FROM email_connections
    WHERE encrypted_access_token IS NOT NULL AND encryption_key_version IS NULL AND id > $1
    ORDER BY id LIMIT $2 FOR UPDATE
  ), known AS (
    SELECT id, CASE WHEN token ~ '^v[0-9]{1,9}:' THEN substring(token from '^v([0-9]+):')::integer
                    WHEN token ~ '^gAAAAA' THEN 1 END AS version
    FROM batch
  ), changed AS (
    UPDATE email_connections c SET encryption_key_version = k.version
    FROM known k WHERE c.id = k.id AND k.version IS NOT NULL RETURNING 1
  )
  SELECT (SELECT count(*) FROM batch)::integer AS seen, (SELECT max(id) FROM batch)::text AS last,
         (SELECT count(*) FROM changed)::integer AS changed`;

/**
 * Sets `encryption_key_version` where it is missing: `v<N>:…` is N, a bare Fernet token (`gAAAAA…`, from before the keyring) is 1; rows
 * without a token stay null. Works in batches (`BATCH_ROWS`, 500 unless set), each complete or not done at all: killed, it is simply
 * started again. Fails when rows of an unknown form are left, after every other row is done.
 */
export async function backfill(env: Env): Promise<void> {
  const batch = count(env, "BATCH_ROWS", 500, 10_000);
  await withDatabase(env, MGMT, async (database) => {
    const done = await fill(database, batch);
    const result = await keyVersions(database);
    progress("backfill", { done, remaining: result.withoutVersion });
    log(result.withoutVersion === 0 ? "INFO" : "ERROR", "backfill ended", { done, ...result });
    if (result.withoutVersion > 0) {
      throw new Error(
        `${result.withoutVersion} rows hold a token of an unknown form: set their encryption_key_version by hand, or connect those mailboxes again`,
      );
    }
  });
}

async function fill(database: Database, batch: number): Promise<number> {
  let done = 0;
  for (let after = "0"; ;) {
    const [row] = await database.rows<{ seen: number; last: string | null; changed: number }>(
      BATCH,
      [after, batch],
    );
    if (row === undefined || row.last === null) return done;
    after = row.last;
    done += row.changed;
    log("INFO", "backfill progress", { done });
    progress("backfill", { done });
  }
}
