import * as pulumi from "@pulumi/pulumi";
import type { Client } from "pg";

/** The administrator's connection: what the provider uses too. It makes and drops roles; it need not be a superuser. */
export interface PostgresAdmin {
  readonly host: string;
  readonly port: number;
  /** The database to connect to first; others of the server are entered where a retired role left something. */
  readonly database: string;
  readonly username: string;
  /** Marked secret. It reaches the server by SCRAM and nothing else. */
  readonly password: pulumi.Output<string>;
  /**
   * `verify-full` unless set: TLS, and the server proves its name. `require`: TLS without proof. `disable`: none, for a server on
   * this machine only.
   */
  readonly sslmode?: "verify-full" | "require" | "disable";
  /** The authority's certificate, PEM, where the system's own ones do not know the server. */
  readonly caCertificate?: string;
}

const CONNECT_MS = 10_000;

/** Runs `work` on a connection of the administrator's to `database`, and closes it. */
export async function asAdmin<T>(
  admin: PostgresAdmin,
  database: string,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const { Client } = require("pg") as typeof import("pg");
  const { host, port, username: user } = admin;
  const password = await settled(admin.password);
  const client = new Client({
    ...{ host, port, user, password, database, ssl: tls(admin) },
    connectionTimeoutMillis: CONNECT_MS,
    application_name: "rekey",
  });
  // A connection that is lost between two statements makes the next one fail; without a listener it would end the process.
  let lost: Error | undefined;
  client.on("error", (error) => (lost = error));
  try {
    await client.connect();
    return await work(client);
  } catch (error) {
    throw lost ?? error;
  } finally {
    await client.end();
  }
}

function tls({ sslmode = "verify-full", caCertificate }: PostgresAdmin) {
  if (sslmode === "disable") return false;
  const ca = caCertificate === undefined ? {} : { ca: caCertificate };
  return { rejectUnauthorized: sslmode === "verify-full", ...ca };
}

/** The value of an output, for hooks: they run only where every value is known. */
export function settled<T>(output: pulumi.Output<T>): Promise<T> {
  return new Promise((resolve) => output.apply(resolve));
}

/** Runs `work` in a transaction. */
export async function inTransaction<T>(client: Client, work: () => Promise<T>): Promise<T> {
  await client.query("BEGIN");
  try {
    const result = await work();
    await client.query("COMMIT");
    return result;
  } catch (error) {
    await client.query("ROLLBACK");
    throw error;
  }
}

/**
 * Runs `work` while the connected user is a member of `roles`, which whoever is no superuser must be to act on what they own. Call
 * it inside a transaction: the memberships end with `work` and are seen by nobody else.
 */
export async function withMembership<T>(
  client: Client,
  roles: readonly string[],
  work: () => Promise<T>,
): Promise<T> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT r.rolname AS name FROM pg_roles r JOIN pg_roles me ON me.rolname = current_user
     WHERE r.rolname = ANY ($1) AND r.oid <> me.oid AND NOT me.rolsuper AND NOT r.rolsuper
       AND NOT EXISTS (SELECT FROM pg_auth_members m WHERE m.roleid = r.oid AND m.member = me.oid
         AND coalesce((to_jsonb(m) ->> 'set_option')::boolean, true)
         AND coalesce((to_jsonb(m) ->> 'inherit_option')::boolean, true))`,
    [roles],
  );
  const lent = rows.map(({ name }) => client.escapeIdentifier(name));
  for (const role of lent) await client.query(`GRANT ${role} TO CURRENT_USER`);
  const result = await work();
  for (const role of lent) await client.query(`REVOKE ${role} FROM CURRENT_USER`);
  return result;
}
