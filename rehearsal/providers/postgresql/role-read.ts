import type { Client } from "pg";
import type { Properties } from "../protocol/values";
import type { Postgresql } from "./config";

const QUERY = `
  SELECT rolname AS name, rolsuper AS superuser, rolinherit AS inherit, rolcreaterole AS "createRole",
    rolcreatedb AS "createDatabase", rolcanlogin AS login, rolreplication AS replication,
    rolbypassrls AS "bypassRowLevelSecurity", rolconnlimit AS "connectionLimit",
    coalesce(rolvaliduntil::text, 'infinity') AS "validUntil", coalesce(rolconfig, '{}') AS settings,
    ARRAY(SELECT DISTINCT pg_get_userbyid(roleid)::text FROM pg_auth_members WHERE member = r.oid) AS roles
  FROM pg_roles r WHERE rolname = $1`;

/** The role's inputs as the server has them, without its password; undefined when there is no such role. */
export async function readRole(client: Client, role: string): Promise<Properties | undefined> {
  const { rows } = await client.query<Properties & { settings: string[] }>(QUERY, [role]);
  if (!rows[0]) return undefined;
  const { settings, ...found } = rows[0];
  const number = (setting: string) => Number(valueOf(settings, setting) ?? 0);
  return {
    ...found,
    encryptedPassword: true,
    searchPaths: listOf(valueOf(settings, "search_path")),
    statementTimeout: number("statement_timeout"),
    idleInTransactionSessionTimeout: number("idle_in_transaction_session_timeout"),
    assumeRole: valueOf(settings, "role") ?? "",
  };
}

function valueOf(settings: readonly string[], name: string): string | undefined {
  return settings.find((one) => one.startsWith(`${name}=`))?.slice(name.length + 1);
}

function listOf(setting: string | undefined): string[] {
  return (setting?.split(", ") ?? []).map((part) => part.replace(/^"|"$/g, ""));
}

/**
 * The password as a refresh should record it. The server keeps a verifier: where the state has a verifier too, the server's is the truth;
 * a clear password in the state cannot be compared and stays. A role without log-in, or a user that is no superuser, reads none.
 */
export async function readPassword(
  client: Client,
  { superuser, user }: Postgresql,
  { name, login }: Properties,
  known: string | undefined,
): Promise<string | undefined> {
  if (login !== true || !superuser) return known;
  const { rows: asked } = await client.query<{ rolsuper: boolean }>(
    "SELECT rolsuper FROM pg_roles WHERE rolname = current_user",
  );
  if (asked[0]?.rolsuper !== true)
    throw new Error(
      `could not read the password of role ${String(name)}: the connected user ${user} is no superuser; set postgresql:superuser to false, so that passwords are not read`,
    );
  const { rows } = await client.query<{ kept: string | null }>(
    "SELECT passwd AS kept FROM pg_shadow WHERE usename = $1",
    [name],
  );
  const kept = rows[0]?.kept ?? "";
  const clear = known !== undefined && known !== "" && !/^(md5|SCRAM-SHA-256)/.test(known);
  return clear && kept.startsWith("SCRAM-SHA-256") ? known : kept;
}
