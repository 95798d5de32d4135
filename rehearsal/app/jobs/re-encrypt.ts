/** The job `re-encrypt`: brings every encrypted row under the active key, so that older keys can be retired. The application keeps running. */
import type { PoolClient } from "pg";
import type { Database, Schema } from "../database";
import { FernetError } from "../fernet";
import { keyringOf, type FernetKeyring } from "../keyring";
import { log } from "../log";
import { MGMT } from "../mgmt/schema";
import type { Env } from "../settings";
import { count, withDatabase } from "./database";
import { keyVersions } from "./key-versions";
import { progress as tell } from "./progress";

/** A row that may need another key. */
interface Row {
  readonly id: string;
  readonly access: string | null;
  readonly refresh: string | null;
}

interface Progress {
  /** Rows that this run brought under the active key. */
  done: number;
  /** Rows of the pass under way that no key opens, by number. */
  failed: string[];
}

// What a ciphertext says counts as much as the column: a key that only a refresh token needs must not go either.
const STALE = `(encrypted_access_token IS NOT NULL OR encrypted_refresh_token IS NOT NULL) AND (
  encryption_key_version IS DISTINCT FROM $1::integer
  OR NOT starts_with(encrypted_access_token, 'v' || $1::integer || ':')
  OR NOT starts_with(encrypted_refresh_token, 'v' || $1::integer || ':'))`;

const SHOWN = 100;

/**
 * Decrypts each row that is not under the active key (`ENCRYPTION_KEY`, `ENCRYPTION_KEY_VERSIONS`) and encrypts it again, in batches of
 * `BATCH_ROWS` (500 unless set), each complete or not done at all: killed, it is simply started again, and a run with nothing to do
 * changes nothing. `MAX_ROWS` ends it early, with success. Ends with the rows by version in the log, and fails unless every row is under the
 * active key then; rows that no key opens stay as they are, and the numbers of the first 100 are in the log.
 */
export async function reEncrypt(env: Env, schema: Schema = MGMT): Promise<void> {
  const keyring = keyringOf(env);
  const batch = count(env, "BATCH_ROWS", 500, 10_000);
  const most = count(env, "MAX_ROWS", Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
  await withDatabase(env, schema, async (database) => {
    const progress: Progress = { done: 0, failed: [] };
    // What the application holds at that moment is left out at first, and waited for in the passes that follow.
    for (let locked = "SKIP LOCKED"; ; locked = "") {
      const before = progress.done;
      progress.failed = [];
      await pass(database, keyring, { batch, most, locked }, progress);
      if (progress.done >= most || (locked === "" && progress.done === before)) break;
    }
    await finish(database, keyring, progress, progress.done >= most);
  });
}

async function pass(
  database: Database,
  keyring: FernetKeyring,
  { batch, most, locked }: { batch: number; most: number; locked: string },
  progress: Progress,
): Promise<void> {
  for (let after = "0"; progress.done < most;) {
    const rows = await database.transaction(async (session) => {
      const { rows } = await session.query<Row>(
        `SELECT id::text, encrypted_access_token AS access, encrypted_refresh_token AS refresh
         FROM email_connections WHERE ${STALE} AND id > $2 ORDER BY id LIMIT $3 FOR UPDATE ${locked}`,
        [keyring.active, after, Math.min(batch, most - progress.done)],
      );
      const fresh = rows.flatMap((row) => renewed(keyring, row) ?? []);
      await write(session, keyring.active, fresh);
      return { fresh: new Set(fresh.map(({ id }) => id)), all: rows.map(({ id }) => id) };
    });
    const last = rows.all.at(-1);
    if (last === undefined) return;
    after = last;
    progress.done += rows.fresh.size;
    progress.failed.push(...rows.all.filter((id) => !rows.fresh.has(id)));
    const counts = { done: progress.done, failed: progress.failed.length };
    log("INFO", "re-encrypt progress", counts);
    tell("re-encrypt", counts);
  }
}

function renewed(keyring: FernetKeyring, row: Row): Row | undefined {
  const renew = (text: string | null) =>
    text === null ? null : keyring.encrypt(keyring.decrypt(text)).text;
  try {
    return { id: row.id, access: renew(row.access), refresh: renew(row.refresh) };
  } catch (error) {
    // The row's number goes to the report.
    if (error instanceof FernetError) return undefined;
    throw error;
  }
}

async function write(session: PoolClient, version: number, rows: readonly Row[]): Promise<void> {
  await session.query(
    `UPDATE email_connections c SET encrypted_access_token = n.access,
       encrypted_refresh_token = n.refresh, encryption_key_version = $1
     FROM unnest($2::bigint[], $3::text[], $4::text[]) AS n (id, access, refresh) WHERE c.id = n.id`,
    [
      version,
      ...(["id", "access", "refresh"] as const).map((name) => rows.map((row) => row[name])),
    ],
  );
}

async function finish(
  database: Database,
  { active }: FernetKeyring,
  { done, failed }: Progress,
  early: boolean,
): Promise<void> {
  const [left] = await database.rows<{ rows: number }>(
    `SELECT count(*)::float8 AS rows FROM email_connections WHERE ${STALE}`,
    [active],
  );
  const remaining = left?.rows ?? 0;
  const failure = failureOf(failed.length, early ? 0 : remaining - failed.length);
  const connections = failed.slice(0, SHOWN);
  tell("re-encrypt", { done, failed: failed.length, remaining });
  const counts = { active, done, failed: failed.length, connections, remaining };
  log(failure === undefined ? "INFO" : "ERROR", "re-encrypt ended", {
    ...counts,
    ...(await keyVersions(database)),
  });
  if (failure !== undefined) throw new Error(failure);
}

function failureOf(failed: number, written: number): string | undefined {
  if (failed > 0) {
    return `${failed} rows could not be decrypted and stay as they are: add the key that they were written with to ENCRYPTION_KEY, or connect those mailboxes again`;
  }
  if (written > 0) {
    return `${written} rows were written under another key meanwhile: give every instance of the application the active key first, then run the job again`;
  }
  return undefined;
}
