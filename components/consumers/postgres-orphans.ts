import * as pulumi from "@pulumi/pulumi";
import type { Client } from "pg";
import { PostgresAdmin, asAdmin, inTransaction, settled } from "./postgres-admin";

/**
 * A hook that removes what a killed update left: a role that the server made and the state never saw, which would make its creation
 * fail for ever; see {@link removeOrphan}.
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

/**
 * Drops `role` if it can only be what a killed update left. A log-in role goes if it has the very verifier that is about to be set. That
 * a superuser alone can read; for any other administrator it goes if the server says that this administrator made it (PostgreSQL 16 and
 * later), and nobody is connected as it and nothing refers to it. A role without log-in goes if nothing refers to it. Whatever else has
 * the name stays, and the creation fails on it.
 */
export async function removeOrphan(client: Client, role: string, verifier?: string): Promise<void> {
  await inTransaction(client, async () => {
    if (await isOrphan(client, role, verifier))
      await client.query(`DROP ROLE ${client.escapeIdentifier(role)}`);
  });
}

async function isOrphan(client: Client, role: string, verifier?: string): Promise<boolean> {
  if (verifier === undefined) return isHollow(client, role);
  if (await readsVerifiers(client)) return hasVerifier(client, role, verifier);
  return isOwnAndUnused(client, role);
}

async function readsVerifiers(client: Client): Promise<boolean> {
  const { rows } = await client.query<{ readable: boolean }>(
    "SELECT has_table_privilege('pg_catalog.pg_authid', 'SELECT') AS readable",
  );
  return rows[0]?.readable === true;
}

async function hasVerifier(client: Client, role: string, verifier: string): Promise<boolean> {
  const { rowCount } = await client.query(
    "SELECT FROM pg_authid WHERE rolname = $1 AND rolpassword = $2",
    [role, verifier],
  );
  return rowCount === 1;
}

/** To whoever makes a role without being a superuser, the bootstrap superuser (oid 10) grants it with ADMIN and nothing else. */
async function isOwnAndUnused(client: Client, role: string): Promise<boolean> {
  const { rowCount } = await client.query(
    `SELECT FROM pg_roles r WHERE rolname = $1 AND rolcanlogin AND NOT rolsuper AND rolname <> current_user
       AND EXISTS (SELECT FROM pg_auth_members m JOIN pg_roles me ON me.oid = m.member
         WHERE m.roleid = r.oid AND me.rolname = current_user AND m.admin_option AND m.grantor = 10
           AND (to_jsonb(m) ->> 'inherit_option')::boolean IS FALSE
           AND (to_jsonb(m) ->> 'set_option')::boolean IS FALSE)
       AND NOT EXISTS (SELECT FROM pg_stat_activity WHERE usesysid = r.oid)
       AND ${UNREFERRED}`,
    [role],
  );
  return rowCount === 1;
}

async function isHollow(client: Client, role: string): Promise<boolean> {
  const { rowCount } = await client.query(
    `SELECT FROM pg_roles r WHERE rolname = $1 AND NOT rolcanlogin AND NOT rolsuper
       AND ${UNREFERRED}`,
    [role],
  );
  return rowCount === 1;
}

/** Owns nothing, was granted nothing, and has no member but the administrator. */
const UNREFERRED = `NOT EXISTS (SELECT FROM pg_shdepend WHERE refobjid = r.oid AND refclassid = 'pg_authid'::regclass)
       AND NOT EXISTS (SELECT FROM pg_auth_members m JOIN pg_roles o ON o.oid = m.member
         WHERE m.roleid = r.oid AND o.rolname <> current_user)`;
