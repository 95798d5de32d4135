/**
 * The application's database: a small pool whose sessions act as the owner role, and migrations that any number of instances may run at once.
 * Users come and go with rotations; tables belong to the owner role and stay.
 */
import { Pool, type QueryResultRow } from "pg";
import { log } from "./log";
import type { DatabaseSettings } from "./settings";

const POOL_SIZE = 4;
const CONNECT_TIMEOUT_MS = 5000;

// Any number that only this application uses: instances that start together take turns.
const MIGRATION_LOCK = 7_202_601;

const MIGRATIONS = `
  CREATE TABLE IF NOT EXISTS users (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email text NOT NULL UNIQUE,
    password_hash text NOT NULL,
    is_superuser boolean NOT NULL DEFAULT false,
    is_active boolean NOT NULL DEFAULT true,
    password_reset_required boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now()
  );
  CREATE TABLE IF NOT EXISTS items (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    owner_id bigint NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    title text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
  );
  CREATE INDEX IF NOT EXISTS items_of_owner ON items (owner_id, id DESC);
`;

/** Who the database says that this session is. */
export interface SessionIdentity {
  /** The user that logged in. */
  readonly user: string;
  /** The role it acts as. */
  readonly role: string;
}

/** Queries and migrations over one pool. */
export class Database {
  private readonly pool: Pool;
  private migrating: Promise<void> | undefined;

  constructor(settings: DatabaseSettings) {
    const { ownerRole, ...connection } = settings;
    this.pool = new Pool({
      ...connection,
      max: POOL_SIZE,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      options: `-c role=${ownerRole}`,
      application_name: `capanel ${process.env["K_REVISION"] ?? "local"}`,
    });
    // The server may end an idle session (a retired user's, a restart); the pool opens another one when it is needed.
    this.pool.on("error", (error) => log("WARNING", "idle session lost", { error: error.message }));
  }

  /** Runs one statement. */
  async rows<T extends QueryResultRow>(statement: string, values: unknown[] = []): Promise<T[]> {
    return (await this.pool.query<T>(statement, values)).rows;
  }

  /** Creates what is missing, once; after a failure the next call tries again. */
  async migrate(): Promise<void> {
    this.migrating ??= this.runMigrations();
    try {
      await this.migrating;
    } catch (error) {
      this.migrating = undefined;
      throw error;
    }
  }

  /** Proves that the user may log in and act as the owner role. */
  async identity(): Promise<SessionIdentity> {
    const rows = await this.rows<{ user: string; role: string }>(
      'SELECT session_user AS "user", current_user AS role',
    );
    return rows[0] as SessionIdentity;
  }

  /** Closes every session. */
  async end(): Promise<void> {
    await this.pool.end();
  }

  private async runMigrations(): Promise<void> {
    const client = await this.pool.connect();
    let failure: Error | undefined;
    try {
      // In one transaction: the lock ends with it, and a killed instance leaves nothing half done.
      await client.query("BEGIN");
      await client.query("SELECT pg_advisory_xact_lock($1)", [MIGRATION_LOCK]);
      await client.query(MIGRATIONS);
      await client.query("COMMIT");
    } catch (error) {
      failure = error instanceof Error ? error : new Error(String(error));
      throw error;
    } finally {
      // A failed session is thrown away rather than rolled back: it may be the connection that failed.
      client.release(failure);
    }
  }
}
