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
  if (!(await holds(client, "SELECT 1 WHERE pg_has_role($1, $2, 'USAGE')", [user, ownerRole])))
    await run(`GRANT ${owner} TO ${holder}`);
  if (await ownsSomething(client, user)) await run(`REASSIGN OWNED BY ${holder} TO ${owner}`);
  const mayCreate = "SELECT 1 WHERE has_schema_privilege($1, 'public', 'CREATE')";
  if (!(await holds(client, mayCreate, [ownerRole])))
    await run(`GRANT USAGE, CREATE ON SCHEMA public TO ${owner}`);
  return done;
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
