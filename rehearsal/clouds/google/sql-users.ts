/**
 * Users of the Cloud SQL instance as what they are: roles of a real PostgreSQL. A user without roles of its own becomes a member of
 * `cloudsqlsuperuser` and may create databases and roles, as on Cloud SQL; one with roles gets those and nothing else.
 */
import { escapeIdentifier, escapeLiteral, Pool, type PoolClient } from "pg";

import { ApiError } from "./errors";
import { scramVerifier } from "./scram";

/** The PostgreSQL that stands behind the instance, with a superuser that plays Cloud SQL's own administrator. */
export interface PostgresTarget {
  readonly host: string;
  readonly port: number;
  readonly adminUser: string;
  readonly adminPassword: string;
  /** The instance's name in Cloud SQL. */
  readonly instance: string;
}

/** The group that stands for Cloud SQL's almost-superuser. */
export const SUPERUSER_GROUP = "cloudsqlsuperuser";

/** A database as Cloud SQL lists it. */
export interface SqlDatabase {
  readonly name: string;
  readonly charset: string;
  readonly collation: string;
}

/** A change to a user. */
export interface UserChange {
  readonly password?: string;
  /** Roles to grant. */
  readonly roles?: readonly string[];
  /** Takes away every granted role that is not in `roles`. */
  readonly revokeOthers?: boolean;
}

/** Roles of the server. Errors are what Cloud SQL answers, without any value that was sent. */
export class SqlUsers {
  private readonly pool: Pool;
  private groupReady: Promise<void> | undefined;
  /** Why the last idle connection broke; told with the next error, so that a stopped server is recognised as such. */
  private lastBreak = "";

  constructor(private readonly target: PostgresTarget) {
    this.pool = new Pool({
      host: target.host,
      port: target.port,
      user: target.adminUser,
      password: target.adminPassword,
      database: "postgres",
      max: 2,
      allowExitOnIdle: true,
    });
    this.pool.on("error", (error) => (this.lastBreak = error.message));
  }

  /** Closes the connections. */
  async end(): Promise<void> {
    await this.pool.end();
  }

  /** Names of all roles that may log in, but for the administrator of the fake. */
  async list(): Promise<string[]> {
    const { rows } = await this.query<{ rolname: string }>(
      "SELECT rolname FROM pg_roles WHERE rolcanlogin AND rolname <> $1 AND rolname !~ '^pg_' ORDER BY rolname",
      [this.target.adminUser],
    );
    return rows.map(({ rolname }) => rolname);
  }

  /** The instance's databases, without the templates. */
  async databases(): Promise<SqlDatabase[]> {
    const { rows } = await this.query<SqlDatabase>(
      `SELECT datname AS name, pg_encoding_to_char(encoding) AS charset, datcollate AS collation
       FROM pg_database WHERE NOT datistemplate ORDER BY datname`,
    );
    return rows;
  }

  /** Major version of the server, for instance `18`. */
  async version(): Promise<string> {
    const { rows } = await this.query<{ server_version_num: string }>("SHOW server_version_num");
    return String(Math.floor(Number(rows[0]?.server_version_num) / 10_000));
  }

  /** Creates the role; one that exists already gets the password and the roles instead, without an error, as on Cloud SQL. */
  async insert(name: string, change: UserChange): Promise<void> {
    await this.transaction("create", name, async (client) => {
      const exists = await isRole(client, name);
      if (!exists) await client.query(`CREATE ROLE ${escapeIdentifier(name)} LOGIN`);
      const roles = change.roles ?? [];
      const granted = exists || roles.length > 0 ? roles : [SUPERUSER_GROUP];
      await this.apply(client, name, { ...change, roles: granted });
    });
  }

  /** Changes password and roles in place; the role is never dropped and its sessions stay. 404 when there is none. */
  async update(name: string, change: UserChange): Promise<void> {
    await this.transaction("update", name, async (client) => {
      if (!(await isRole(client, name))) throw noSuchUser(name);
      await this.apply(client, name, change);
    });
  }

  /** Drops the role; 400 while anything depends on it, 404 when there is none. */
  async delete(name: string): Promise<void> {
    await this.transaction("delete", name, async (client) => {
      if (!(await isRole(client, name))) throw noSuchUser(name);
      await client.query(`DROP ROLE ${escapeIdentifier(name)}`);
    });
  }

  private async apply(client: PoolClient, name: string, change: UserChange): Promise<void> {
    const role = escapeIdentifier(name);
    if (change.password !== undefined) {
      const verifier = escapeLiteral(scramVerifier(change.password));
      await client.query(`ALTER ROLE ${role} PASSWORD ${verifier}`);
    }
    for (const granted of change.roles ?? []) {
      await client.query(`GRANT ${escapeIdentifier(granted)} TO ${role}`);
    }
    if (change.revokeOthers) {
      for (const old of await memberships(client, name)) {
        if (!(change.roles ?? []).includes(old)) {
          await client.query(`REVOKE ${escapeIdentifier(old)} FROM ${role}`);
        }
      }
    }
    const may = (await memberships(client, name)).includes(SUPERUSER_GROUP) ? "" : "NO";
    await client.query(`ALTER ROLE ${role} ${may}CREATEDB ${may}CREATEROLE`);
  }

  private async transaction(
    verb: string,
    name: string,
    work: (client: PoolClient) => Promise<void>,
  ): Promise<void> {
    await this.ensureGroup();
    const client = await this.pool.connect().catch((error: unknown) => this.unreachable(error));
    let broken: Error | undefined;
    try {
      await client.query("BEGIN");
      await work(client);
      await client.query("COMMIT");
    } catch (error) {
      broken = await rollBack(client);
      throw error instanceof ApiError ? error : failed(verb, name, error);
    } finally {
      client.release(broken);
    }
  }

  private async query<Row extends object>(text: string, values: unknown[] = []) {
    return this.pool.query<Row>(text, values).catch((error: unknown) => this.unreachable(error));
  }

  /** Once per start; again after a failure. */
  private ensureGroup(): Promise<void> {
    this.groupReady ??= this.createGroup().catch((error: unknown) => {
      this.groupReady = undefined;
      throw error;
    });
    return this.groupReady;
  }

  private async createGroup(): Promise<void> {
    await this.query(
      `DO $$ BEGIN
         IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '${SUPERUSER_GROUP}') THEN
           CREATE ROLE ${SUPERUSER_GROUP} NOLOGIN CREATEDB CREATEROLE;
         END IF;
       END $$`,
    );
  }

  private unreachable(error: unknown): never {
    const cause = error instanceof Error ? error.message : String(error);
    const earlier = this.lastBreak === "" ? "" : ` (before that: ${this.lastBreak})`;
    throw ApiError.legacy(
      503,
      "backendError",
      `The service is temporarily unavailable: PostgreSQL behind the fake instance answered '${cause}'${earlier}.`,
    );
  }
}

async function isRole(client: PoolClient, name: string): Promise<boolean> {
  const { rowCount } = await client.query(
    "SELECT FROM pg_roles WHERE rolname = $1 AND rolcanlogin",
    [name],
  );
  return rowCount === 1;
}

async function memberships(client: PoolClient, name: string): Promise<string[]> {
  const { rows } = await client.query<{ rolname: string }>(
    `SELECT DISTINCT g.rolname FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid
     JOIN pg_roles r ON r.oid = m.member WHERE r.rolname = $1`,
    [name],
  );
  return rows.map(({ rolname }) => rolname);
}

async function rollBack(client: PoolClient): Promise<Error | undefined> {
  try {
    await client.query("ROLLBACK");
    return undefined;
  } catch (error) {
    // The first error is the one to tell; this one only says that the connection must not be used again.
    return error as Error;
  }
}

function noSuchUser(name: string): ApiError {
  return ApiError.legacy(404, "userDoesNotExist", `Not Found: the user ${name} does not exist.`);
}

/** The wording of Cloud SQL. PostgreSQL's message and detail name roles and objects, never a statement or its values. */
function failed(verb: string, name: string, error: unknown): ApiError {
  const { message, detail } = error as { message?: string; detail?: string };
  const details = detail === undefined ? "" : ` Details: ${detail.replaceAll("\n", " ")}`;
  return ApiError.legacy(
    400,
    "invalid",
    `Invalid request: failed to ${verb} user ${name}: . ${message ?? "unknown error"}${details}.`,
  );
}
