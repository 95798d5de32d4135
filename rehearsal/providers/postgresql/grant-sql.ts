import { escapeIdentifier, type Client } from "pg";
import type { Properties } from "../protocol/values";
import { names } from "./sql";

/** The inputs of a grant, as its schema has checked them. */
export interface GrantInputs {
  readonly role: string;
  readonly database: string;
  readonly schema?: string;
  readonly objectType: string;
  readonly objects: readonly string[];
  readonly columns: readonly string[];
  readonly privileges: readonly string[];
  readonly withGrantOption: boolean;
}

/** Reads the checked inputs, lists filled in. */
export function grantInputs(given: Properties): GrantInputs {
  return { objects: [], columns: [], withGrantOption: false, ...given } as unknown as GrantInputs;
}

/** What stands after `ON` in the statement. */
function target({ objectType, database, schema, objects }: GrantInputs): string {
  const word = objectType.toUpperCase().replaceAll("_", " ");
  const space = schema === undefined ? "" : escapeIdentifier(schema);
  switch (objectType) {
    case "database":
      return `DATABASE ${escapeIdentifier(database)}`;
    case "schema":
      return `SCHEMA ${space}`;
    case "foreign_data_wrapper":
    case "foreign_server":
      return `${word} ${names(objects)}`;
    case "column":
      return `TABLE ${space}.${names(objects)}`;
    default:
      return objects.length === 0
        ? `ALL ${word}S IN SCHEMA ${space}`
        : `${word} ${objects.map((object) => `${space}.${withArguments(object)}`).join(", ")}`;
  }
}

/** `f(text, int)` names a function by its arguments, which must not be quoted. */
function withArguments(object: string): string {
  const [name = "", ...rest] = object.split("(");
  return [escapeIdentifier(name), ...rest].join("(");
}

/** The statements that take everything away and, unless only that is wanted, grant the privileges. */
export function grantStatements(given: GrantInputs, revokeOnly = false): string[] {
  const who = given.role === "public" ? "PUBLIC" : escapeIdentifier(given.role);
  const columns = given.objectType === "column" ? ` (${names(given.columns)})` : "";
  const on = target(given);
  const all =
    columns === "" ? "ALL PRIVILEGES" : given.privileges.map((one) => one + columns).join(", ");
  const revoke = `REVOKE ${all} ON ${on} FROM ${who}`;
  if (revokeOnly || given.privileges.length === 0) return [revoke];
  const privileges = given.privileges.map((privilege) => privilege + columns).join(", ");
  const option = given.withGrantOption ? " WITH GRANT OPTION" : "";
  return [revoke, `GRANT ${privileges} ON ${on} TO ${who}${option}`];
}

/** Name and access list of every object that a grant of that type covers; `$1` is its place, `$2` the table of a column. */
const OBJECTS: Readonly<Record<string, string>> = {
  database: "SELECT datname AS name, datacl AS acl FROM pg_database WHERE datname = $1 OR $2 = $1",
  schema: "SELECT nspname AS name, nspacl AS acl FROM pg_namespace WHERE nspname = $1 OR $2 = $1",
  table: relations("r"),
  sequence: relations("S"),
  function: routines(),
  procedure: routines(),
  routine: routines(),
  column: `SELECT a.attname AS name, a.attacl AS acl FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind = 'r'`,
  foreign_data_wrapper:
    "SELECT fdwname AS name, fdwacl AS acl FROM pg_foreign_data_wrapper WHERE fdwname = $1 OR $2 = $1",
  foreign_server:
    "SELECT srvname AS name, srvacl AS acl FROM pg_foreign_server WHERE srvname = $1 OR $2 = $1",
};

function relations(kind: string): string {
  return `SELECT c.relname AS name, c.relacl AS acl FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = $1 AND c.relkind = '${kind}' AND $2::text IS NULL`;
}

function routines(): string {
  return `SELECT p.proname AS name, p.proacl AS acl FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE n.nspname = $1 AND $2::text IS NULL`;
}

/** The privileges of the role on each object that the grant covers, object by object. */
export async function grantedOn(
  client: Client,
  given: GrantInputs,
  role: number,
): Promise<string[][]> {
  const { objectType, database, schema, objects } = given;
  const byName = { database, foreign_data_wrapper: objects[0], foreign_server: objects[0] };
  const place = objectType in byName ? byName[objectType as keyof typeof byName] : schema;
  const { rows } = await client.query<{ name: string; privileges: string[] }>(
    `SELECT o.name::text, ARRAY(SELECT DISTINCT a.privilege_type FROM aclexplode(o.acl) a WHERE a.grantee = $3)
       AS privileges FROM (${OBJECTS[objectType]}) o`,
    [place, objectType === "column" ? objects[0] : null, role],
  );
  const chosen = objectType === "column" ? given.columns : objectType in byName ? [] : objects;
  const covered = chosen.map((object) => object.split("(")[0]);
  return rows
    .filter(({ name }) => covered.length === 0 || covered.includes(name))
    .map(({ privileges }) => privileges);
}
