import { randomBytes } from "node:crypto";
import { Client, type ClientConfig, escapeIdentifier, escapeLiteral } from "pg";
import { scramVerifier } from "../../components/scram";
import { SecretText } from "../../components/secret-text";
import type { Strategy } from "./steps";
import { randomText } from "./token";

/** Where the database is and which roles there are. Nothing here is secret. */
export interface PostgresTarget {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  /** The users' common name: they take turns as `<user>_a` and `<user>_b`. */
  readonly user: string;
  /** The role with the grants; every user is a member. It must exist. */
  readonly group: string;
  /** False for a server on this machine only; otherwise the server's certificate is verified. */
  readonly tls: boolean;
}

/** A user name and its password: what the secret's value holds, as JSON. */
export interface Login {
  readonly username: string;
  readonly password: SecretText;
}

const PASSWORD_LENGTH = 40;
const CONNECT_MS = 10_000;
const STATEMENT_MS = 10_000;

/**
 * Two users that take turns. The idle one gets a new password (as a SCRAM verifier: the server and its log never see the password)
 * while the other works, so nobody is locked out, whenever this is killed and however often it is repeated.
 */
export function postgresStrategy(target: PostgresTarget, admin: () => Promise<Login>): Strategy {
  return {
    create: (current) => {
      const username = idleUser(target, parseLogin(current).username);
      const password = randomText(PASSWORD_LENGTH).reveal();
      return Promise.resolve(new SecretText(JSON.stringify({ username, password })));
    },

    async set(pending, current) {
      const [wanted, used] = [parseLogin(pending), parseLogin(current)];
      if (wanted.username !== idleUser(target, used.username))
        throw new Error(`${wanted.username} is not the idle user: ${used.username} is in use`);
      await withClient(target, await admin(), (client) => prepare(client, target, wanted));
    },

    async test(pending) {
      await withClient(target, parseLogin(pending), async (client) => {
        const { rows } = await client.query<{ member: boolean }>(
          "SELECT pg_has_role(current_user, $1, 'member') AS member",
          [target.group],
        );
        if (rows[0]?.member !== true)
          throw new Error(`the pending user is no member of ${target.group}`);
      });
    },
  };
}

/** Reads a secret's value. Nothing of it enters a message. */
export function parseLogin(value: SecretText): Login {
  try {
    const { username, password } = JSON.parse(value.reveal()) as Record<string, unknown>;
    if (typeof username === "string" && typeof password === "string")
      return { username, password: new SecretText(password) };
  } catch (error) {
    // The parser's message quotes its input; the one below says what is needed.
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new Error('the secret\'s value is not of the form {"username": "…", "password": "…"}');
}

function idleUser({ user }: PostgresTarget, used: string): string {
  return used === `${user}_a` ? `${user}_b` : `${user}_a`;
}

async function prepare(
  client: Client,
  { group }: PostgresTarget,
  { username, password }: Login,
): Promise<void> {
  const role = escapeIdentifier(username);
  const verifier = escapeLiteral(scramVerifier(password.reveal(), randomBytes(16)));
  await client.query("BEGIN");
  const { rowCount } = await client.query("SELECT 1 FROM pg_roles WHERE rolname = $1", [username]);
  await client.query(
    `${rowCount ? "ALTER" : "CREATE"} ROLE ${role} LOGIN PASSWORD ${verifier} VALID UNTIL 'infinity'`,
  );
  await client.query(`GRANT ${escapeIdentifier(group)} TO ${role}`);
  await client.query("COMMIT");
}

async function withClient<T>(
  { host, port, database, tls }: PostgresTarget,
  { username, password }: Login,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const config: ClientConfig = {
    host,
    port,
    database,
    user: username,
    password: password.reveal(),
    ssl: tls ? { rejectUnauthorized: true } : false,
    connectionTimeoutMillis: CONNECT_MS,
    statement_timeout: STATEMENT_MS,
    application_name: "rekey-rotation",
  };
  const client = new Client(config);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
