import { Client, DatabaseError } from "pg";
import { SecretText } from "../components/secret-text";
import { RekeyError } from "./errors";

/** How the database is reached, and who takes over what. */
export interface DatabaseAdoption {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  /** The user in use, whose objects and rights the owner gets. */
  readonly user: string;
  readonly password: SecretText;
  /** The no-login role that will own the objects. */
  readonly ownerRole: string;
}

/**
 * Prepares a database with a single user for two that take turns, without touching that user's password or its sessions: the objects
 * that it owns go to a no-login role, and it becomes a member of that role. Runs in one transaction as the user itself, so that it
 * needs no administrator; safe to repeat.
 *
 * @throws RekeyError where the password is refused, or where an administrator has to run the statements that it names.
 */
export async function prepareDatabase(adoption: DatabaseAdoption): Promise<string[]> {
  const client = await connect(adoption);
  try {
    await client.query("BEGIN");
    const done = await handOver(client, adoption);
    await client.query("COMMIT");
    return done;
  } catch (error) {
    throw error instanceof DatabaseError ? notAllowed(adoption, error) : error;
  } finally {
    await client.end();
  }
}

async function handOver(client: Client, { user, ownerRole }: DatabaseAdoption): Promise<string[]> {
  const [owner, holder] = [client.escapeIdentifier(ownerRole), client.escapeIdentifier(user)];
  const done: string[] = [];
  const run = async (statement: string) => {
    await client.query(statement);
    done.push(statement);
  };
  if (!(await holds(client, "SELECT 1 FROM pg_roles WHERE rolname = $1", [ownerRole])))
    await run(`CREATE ROLE ${owner} NOLOGIN`);
  const member = mayActAs(await versionOf(client));
  const join = async () => {
    if (!(await holds(client, member, [user, ownerRole]))) await run(`GRANT ${owner} TO ${holder}`);
  };
  await join();
  if (await ownsSomething(client, user)) await run(`REASSIGN OWNED BY ${holder} TO ${owner}`);
  const mayCreate = "SELECT 1 WHERE has_schema_privilege($1, 'public', 'CREATE')";
  if (!(await holds(client, mayCreate, [ownerRole])))
    await run(`GRANT USAGE, CREATE ON SCHEMA public TO ${owner}`);
  for (const statement of await missingRights(client, user, ownerRole)) await run(statement);
  // It owns nothing any more, so this only takes back rights that it now has through the role; while it holds one of its own it
  // could never be dropped.
  if (await ownsSomething(client, user))
    throw new Error(`${user} still owns objects; nothing was changed`);
  if (await holdsRights(client, user)) await run(`DROP OWNED BY ${holder}`);
  const left = await missingRights(client, user, ownerRole);
  if (left.length > 0 || (await holdsRights(client, user))) throw rightsLeft(user, ownerRole, left);
  // A membership that the user gave itself went with its rights.
  await join();
  return done;
}

/** Since PostgreSQL 16 a membership says by itself whether it lets its holder act as the role; before, every membership does. */
const SET_OPTION_SINCE = 160_000;

/**
 * The query that finds a row where the user ($1) has the rights of the role ($2) and may act as it.
 *
 * @param version the server's `server_version_num`.
 */
export function mayActAs(version: number): string {
  const act = version < SET_OPTION_SINCE ? "MEMBER" : "SET";
  return `SELECT 1 WHERE pg_has_role($1, $2, 'USAGE') AND pg_has_role($1, $2, '${act}')`;
}

async function versionOf(client: Client): Promise<number> {
  const { rows } = await client.query<{ server_version_num: string }>("SHOW server_version_num");
  return Number(rows[0]?.server_version_num);
}

/** The grants that the owner needs so that it may do all that the user was allowed to do by rights of its own. */
async function missingRights(client: Client, user: string, owner: string): Promise<string[]> {
  const { rows } = await client.query<{ statement: string }>(
    `WITH rights AS (
       SELECT 'SCHEMA ' || quote_ident(nspname) AS thing, a.privilege_type, a.grantee,
              has_schema_privilege($2, n.oid, a.privilege_type) AS held
       FROM pg_namespace n, aclexplode(n.nspacl) a
       UNION ALL
       SELECT CASE WHEN relkind = 'S' THEN 'SEQUENCE ' ELSE 'TABLE ' END || c.oid::regclass, a.privilege_type, a.grantee,
              CASE WHEN relkind = 'S' THEN has_sequence_privilege($2, c.oid, a.privilege_type)
                   ELSE has_table_privilege($2, c.oid, a.privilege_type) END
       FROM pg_class c, aclexplode(c.relacl) a WHERE relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
       UNION ALL
       SELECT 'FUNCTION ' || p.oid::regprocedure, a.privilege_type, a.grantee,
              has_function_privilege($2, p.oid, a.privilege_type)
       FROM pg_proc p, aclexplode(p.proacl) a
       UNION ALL
       SELECT 'DATABASE ' || quote_ident(datname), a.privilege_type, a.grantee,
              has_database_privilege($2, d.oid, a.privilege_type)
       FROM pg_database d, aclexplode(d.datacl) a WHERE datname = current_database()
     )
     SELECT format('GRANT %s ON %s TO %I', privilege_type, thing, $2::text) AS statement
     FROM rights WHERE grantee = $1::regrole AND NOT held`,
    [client.escapeIdentifier(user), owner],
  );
  return rows.map(({ statement }) => statement);
}

/** Whether rights of its own are left, which would keep the user from ever being dropped (deptype a: an access list names it). */
function holdsRights(client: Client, user: string): Promise<boolean> {
  return holds(
    client,
    `SELECT 1 FROM pg_shdepend d JOIN pg_roles r ON r.oid = d.refobjid
     WHERE d.refclassid = 'pg_authid'::regclass AND d.deptype = 'a' AND r.rolname = $1
       AND d.classid <> 'pg_auth_members'::regclass
       AND (d.dbid = 0 OR d.dbid = (SELECT oid FROM pg_database WHERE datname = current_database()))`,
    [user],
  );
}

/** PostgreSQL only warns where a grant is not the user's to give: it has to be looked at afterwards. */
function rightsLeft(user: string, owner: string, grants: readonly string[]): RekeyError {
  return new RekeyError({
    code: "database-rights",
    message: `${user} has rights that it cannot hand over itself; nothing was changed`,
    allowed: `every right of ${user} held by ${owner}, and none by ${user} itself`,
    fix: `as an administrator: ${[...grants, `REASSIGN OWNED BY ${user} TO ${owner}`, `DROP OWNED BY ${user}`, `GRANT ${owner} TO ${user}`].join("; ")}; then run rekey adopt again`,
  });
}

function ownsSomething(client: Client, user: string): Promise<boolean> {
  // pg_shdepend knows what each role owns in this database and of the shared objects (deptype o).
  return holds(
    client,
    `SELECT 1 FROM pg_shdepend d JOIN pg_roles r ON r.oid = d.refobjid
     WHERE d.refclassid = 'pg_authid'::regclass AND d.deptype = 'o' AND r.rolname = $1
       AND (d.dbid = 0 OR d.dbid = (SELECT oid FROM pg_database WHERE datname = current_database()))`,
    [user],
  );
}

async function holds(client: Client, query: string, values: string[]): Promise<boolean> {
  const { rowCount } = await client.query(query, values);
  return (rowCount ?? 0) > 0;
}

async function connect({
  password,
  host,
  port,
  database,
  user,
}: DatabaseAdoption): Promise<Client> {
  const client = new Client({
    host,
    port,
    database,
    user,
    password: password.reveal(),
    connectionTimeoutMillis: 10_000,
  });
  try {
    await client.connect();
    return client;
  } catch (error) {
    const refused = error instanceof DatabaseError && /^28(P01|000)$/.test(error.code ?? "");
    const reason = refused
      ? `the database refuses ${user} with this password`
      : `the database does not answer at ${host}:${port} (${(error as NodeJS.ErrnoException).code ?? "no reason given"})`;
    throw new RekeyError({
      code: refused ? "password-refused" : "database-unreachable",
      exitCode: refused ? 2 : 1,
      message: `${reason}; nothing was changed`,
      path: refused ? "--database-user" : "--database-address",
      allowed: "the user and password that the application uses today",
      fix: "give the password that is in use, or correct the address",
    });
  }
}

function notAllowed({ user, ownerRole }: DatabaseAdoption, error: DatabaseError): RekeyError {
  return new RekeyError({
    code: "database-refused",
    message: `the database refused to hand ${user}'s objects over (${error.code ?? "no code"}: ${error.message}); nothing was changed`,
    fix: `as an administrator: CREATE ROLE ${ownerRole} NOLOGIN; GRANT ${ownerRole} TO ${user}; REASSIGN OWNED BY ${user} TO ${ownerRole}; GRANT USAGE, CREATE ON SCHEMA public TO ${ownerRole}; then run rekey adopt again`,
  });
}
