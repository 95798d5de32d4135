import { escapeIdentifier, escapeLiteral, type Client } from "pg";
import type { Properties } from "../protocol/values";
import { names } from "./sql";

/** Attributes that are a word of their own: what the input is called, and the words for true and false. */
const FLAGS = [
  ["superuser", "SUPERUSER"],
  ["createDatabase", "CREATEDB"],
  ["createRole", "CREATEROLE"],
  ["inherit", "INHERIT"],
  ["login", "LOGIN"],
  ["replication", "REPLICATION"],
  ["bypassRowLevelSecurity", "BYPASSRLS"],
] as const;

/** The attributes in which `wanted` differs from `old`, as words of `CREATE ROLE` and `ALTER ROLE`; the password is none of them. */
export function attributes(wanted: Properties, old: Properties = {}): string[] {
  const flags = FLAGS.filter(([input]) => wanted[input] !== old[input]).map(
    ([input, word]) => `${wanted[input] === true ? "" : "NO"}${word}`,
  );
  const { connectionLimit, validUntil } = wanted as { connectionLimit: number; validUntil: string };
  return [
    ...flags,
    ...(connectionLimit === old.connectionLimit ? [] : [`CONNECTION LIMIT ${connectionLimit}`]),
    ...(validUntil === old.validUntil || validUntil === ""
      ? []
      : [`VALID UNTIL ${escapeLiteral(validUntil)}`]),
  ];
}

/** The password that the inputs set, in either of their two ways. */
export function passwordOf(inputs: Properties): string | undefined {
  return (inputs.password ?? inputs.passwordWo) as string | undefined;
}

/** Replaces the role's memberships by those wanted. */
export async function setMemberships(client: Client, wanted: Properties): Promise<void> {
  const role = escapeIdentifier(wanted.name as string);
  const { rows } = await client.query<{ name: string }>(
    `SELECT DISTINCT pg_get_userbyid(m.roleid) AS name FROM pg_auth_members m
     JOIN pg_roles r ON r.oid = m.member WHERE r.rolname = $1`,
    [wanted.name],
  );
  const roles = (wanted.roles ?? []) as string[];
  if (rows.length > 0)
    await client.query(`REVOKE ${names(rows.map(({ name }) => name))} FROM ${role}`);
  if (roles.length > 0) await client.query(`GRANT ${names(roles)} TO ${role}`);
}

/** Settings that hold from log-in on: the input, what PostgreSQL calls it, and its value as SQL. */
const SETTINGS = [
  ["searchPaths", "search_path", (value: unknown) => names(value as string[])],
  ["statementTimeout", "statement_timeout", String],
  ["idleInTransactionSessionTimeout", "idle_in_transaction_session_timeout", String],
  ["assumeRole", "role", (value: unknown) => escapeIdentifier(value as string)],
] as const;

/** Sets what differs; an empty value, a zero or none takes the setting away. */
export async function setSettings(
  client: Client,
  wanted: Properties,
  old: Properties = {},
): Promise<void> {
  const role = escapeIdentifier(wanted.name as string);
  for (const [input, setting, sql] of SETTINGS) {
    const value = wanted[input];
    if (JSON.stringify(value) === JSON.stringify(old[input])) continue;
    const none = !value || (Array.isArray(value) && value.length === 0);
    await client.query(
      `ALTER ROLE ${role} ${none ? `RESET ${setting}` : `SET ${setting} TO ${sql(value)}`}`,
    );
  }
}
