/**
 * The application's database: a small pool whose sessions act as the owner role, and migrations that any number of instances may run at once.
 * Users come and go with rotations; tables belong to the owner role and stay.
 */
import { Pool, type PoolClient, type QueryResultRow } from "pg";
import { log } from "./log";
import type { DatabaseSettings } from "./settings";

const POOL_SIZE = 4;
const CONNECT_TIMEOUT_MS = 5000;

// Any number that only this application uses: instances that start together take turns.
const MIGRATION_LOCK = 7_202_601;

/** What one of the applications keeps in its database. */
export interface Schema {
  /** What the server's list of sessions calls the application. */
  readonly application: string;
  /** Statements that create what is missing and may run any number of times. */
  readonly migrations: string;
}

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

  constructor(
    settings: DatabaseSettings,
    private readonly schema: Schema,
  ) {
    const { ownerRole, ...connection } = settings;
    this.pool = new Pool({
      ...connection,
      max: POOL_SIZE,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      options: `-c role=${ownerRole}`,
      application_name: `${schema.application} ${process.env["K_REVISION"] ?? "local"}`,
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

  /** Runs `work` in one transaction on one session: all of it is kept, or, when it fails or the process dies, nothing. */
  async transaction<T>(work: (session: PoolClient) => Promise<T>): Promise<T> {
    const session = await this.pool.connect();
    let failure: Error | undefined;
    // An error that nobody listens to would end the process; the statement under way fails with it anyhow.
    const lost = (error: Error) => log("WARNING", "session lost", { error: error.message });
    session.on("error", lost);
    try {
      await session.query("BEGIN");
      const result = await work(session);
      await session.query("COMMIT");
      return result;
    } catch (error) {
      failure = error instanceof Error ? error : new Error(String(error));
      throw error;
    } finally {
      // A failed session is thrown away rather than rolled back: it may be the connection that failed.
      session.off("error", lost);
      session.release(failure);
    }
  }

  private async runMigrations(): Promise<void> {
    await this.transaction(async (session) => {
      // The lock ends with the transaction: a killed instance leaves nothing half done and nobody waiting.
      await session.query("SELECT pg_advisory_xact_lock($1)", [MIGRATION_LOCK]);
      await session.query(this.schema.migrations);
    });
  }
}
