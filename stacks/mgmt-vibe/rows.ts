import * as pulumi from "@pulumi/pulumi";
import {
  PostgresAdmin,
  asAdmin,
  inTransaction,
  withMembership,
} from "../../components/consumers/postgres-admin";
import { RotationRecord, liveGenerations } from "../../components/rotation";

/** A token under a key whose number is no live one, in either column, whatever the column beside them says. */
const NEEDY = `
  SELECT count(*)::integer AS rows FROM email_connections, LATERAL (
    VALUES (encrypted_access_token), (encrypted_refresh_token)) AS t (token)
  WHERE t.token IS NOT NULL
    AND NOT coalesce(substring(t.token from '^v([0-9]{1,9}):'), '1')::integer = ANY ($1)`;

/** What {@link rowsHook} works with. */
export interface RowsArgs {
  readonly admin: PostgresAdmin;
  /** The no-login role that owns the table. */
  readonly ownerRole: string;
  /** The record of the encryption key. */
  readonly record: RotationRecord;
  /** The command that runs the re-encryption job where the system runs, for the message. */
  readonly job: string;
}

/**
 * Holds the retirement of an encryption key back while a row is left that only a retired key could read. In an emergency too: such a
 * row would be lost for good.
 */
export function rowsHook(
  name: string,
  { admin, ownerRole, record, job }: RowsArgs,
): pulumi.ResourceHook {
  const live = liveGenerations(record).map(({ generation }) => generation);
  return new pulumi.ResourceHook(name, async () => {
    const rows = await asAdmin(admin, admin.database, async (client) => {
      const table = await client.query<{ found: boolean }>(
        "SELECT to_regclass('public.email_connections') IS NOT NULL AS found",
      );
      if (table.rows[0]?.found !== true) return 0;
      // Who makes roles may read no table: what belongs to the owner is read as a member of it.
      const counted = await inTransaction(client, () =>
        withMembership(client, [ownerRole], () => client.query<{ rows: number }>(NEEDY, [live])),
      );
      return counted.rows[0]?.rows ?? 0;
    });
    if (rows > 0)
      throw new Error(
        `ENCRYPTION_KEY: ${rows} encrypted value(s) still need a key that is to be retired. Run the re-encryption job (${job}) to its end, then \`rekey up\` again`,
      );
  });
}
