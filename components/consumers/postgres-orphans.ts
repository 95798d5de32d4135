import * as pulumi from "@pulumi/pulumi";
import type { Client } from "pg";
import { PostgresAdmin, asAdmin, inTransaction, settled } from "./postgres-admin";

/**
 * A hook that removes what a killed update left: a role that the server made and the state never saw, which would make its creation
 * fail for ever. A log-in role goes only if it has the very verifier that is about to be set (a superuser alone can read that), any other only
 * if it cannot log in and nothing refers to it. Whatever else has the name stays, and the creation fails on it.
 */
export function orphanHook(name: string, admin: PostgresAdmin): pulumi.ResourceHook {
  return new pulumi.ResourceHook(`${name}-cleared`, async ({ newInputs }) => {
    const { name: role, password } = newInputs as { name: string; password?: unknown };
    const verifier = pulumi.Output.isInstance(password) ? await settled(password) : password;
    await asAdmin(admin, admin.database, (client) =>
      removeOrphan(client, role, verifier as string | undefined),
    );
  });
}

async function removeOrphan(client: Client, role: string, verifier?: string): Promise<void> {
  await inTransaction(client, async () => {
    if (
      await (verifier === undefined ? isHollow(client, role) : hasVerifier(client, role, verifier))
    )
      await client.query(`DROP ROLE ${client.escapeIdentifier(role)}`);
  });
}

async function hasVerifier(client: Client, role: string, verifier: string): Promise<boolean> {
  const { rows } = await client.query<{ readable: boolean }>(
    "SELECT has_table_privilege('pg_catalog.pg_authid', 'SELECT') AS readable",
  );
  if (rows[0]?.readable !== true) return false;
  const { rowCount } = await client.query(
    "SELECT FROM pg_authid WHERE rolname = $1 AND rolpassword = $2",
    [role, verifier],
  );
  return rowCount === 1;
}

async function isHollow(client: Client, role: string): Promise<boolean> {
  const { rowCount } = await client.query(
    `SELECT FROM pg_roles r WHERE rolname = $1 AND NOT rolcanlogin AND NOT rolsuper
       AND NOT EXISTS (SELECT FROM pg_shdepend WHERE refobjid = r.oid AND refclassid = 'pg_authid'::regclass)
       AND NOT EXISTS (SELECT FROM pg_auth_members m JOIN pg_roles o ON o.oid = m.member
         WHERE m.roleid = r.oid AND o.rolname <> current_user)`,
    [role],
  );
  return rowCount === 1;
}
