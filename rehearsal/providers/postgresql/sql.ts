import { escapeIdentifier, type Client } from "pg";
import { withMembership } from "../../../components/consumers/postgres-admin";

/** A comma-separated list of quoted names. */
export function names(list: readonly string[]): string {
  return list.map((name) => escapeIdentifier(name)).join(", ");
}

/** Makes transactions on one role take turns, as the official provider does: PostgreSQL refuses concurrent changes of one row. */
export async function lockRole(client: Client, role: string): Promise<void> {
  await client.query("SELECT pg_advisory_xact_lock(oid::bigint) FROM pg_roles WHERE rolname = $1", [
    role,
  ]);
}

/** The same for a database. */
export async function lockDatabase(client: Client, database: string): Promise<void> {
  await client.query(
    "SELECT pg_advisory_xact_lock(oid::bigint) FROM pg_database WHERE datname = $1",
    [database],
  );
}

/** The role's number; 0 stands for everybody, undefined for a role that is not there. */
export async function roleId(client: Client, role: string): Promise<number | undefined> {
  if (role === "public") return 0;
  const { rows } = await client.query<{ oid: number }>(
    "SELECT oid FROM pg_roles WHERE rolname = $1",
    [role],
  );
  return rows[0]?.oid;
}

/** True when the connected database has the schema. */
export async function schemaExists(client: Client, schema: string): Promise<boolean> {
  const { rowCount } = await client.query("SELECT FROM pg_namespace WHERE nspname = $1", [schema]);
  return rowCount === 1;
}

/** True when the server has the database. */
export async function databaseExists(client: Client, database: string): Promise<boolean> {
  const { rowCount } = await client.query("SELECT FROM pg_database WHERE datname = $1", [database]);
  return rowCount === 1;
}

/** Runs `work` as a member of whoever owns the schema and its tables, which only a superuser need not be. */
export async function asOwners<T>(
  client: Client,
  schema: string,
  work: () => Promise<T>,
): Promise<T> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT r.rolname AS name FROM pg_namespace n
       LEFT JOIN pg_class c ON c.relnamespace = n.oid AND c.relkind IN ('r', 'p')
       JOIN pg_roles r ON r.oid IN (n.nspowner, c.relowner) WHERE n.nspname = $1
     UNION SELECT pg_get_userbyid(d.datdba) FROM pg_database d, pg_namespace n
       WHERE d.datname = current_database() AND n.nspname = $1
         AND pg_get_userbyid(n.nspowner) = 'pg_database_owner'`,
    [schema],
  );
  const owners = rows.map(({ name }) => name).filter((name) => name !== "pg_database_owner");
  return withMembership(client, owners, work);
}
