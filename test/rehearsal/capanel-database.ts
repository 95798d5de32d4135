/** A database as the stack capanel expects it: `capanel` owned by a role without log-in, and users that may act as that role. */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client, escapeIdentifier, escapeLiteral } from "pg";
import { startPostgres } from "../../rehearsal/clouds/postgres";

export async function startCapanelDatabase() {
  const dir = mkdtempSync(join(tmpdir(), "rekey-test-"));
  const server = await startPostgres({ dir: join(dir, "pg") });
  const { host, port, adminUser, adminPassword } = server;
  const query = async (statement: string, database = "capanel") => {
    const client = new Client({ host, port, user: adminUser, password: adminPassword, database });
    await client.connect();
    try {
      return (await client.query(statement)).rows as Record<string, unknown>[];
    } finally {
      await client.end();
    }
  };
  await query("CREATE ROLE capanel_owner NOLOGIN", "postgres");
  await query("CREATE DATABASE capanel OWNER capanel_owner", "postgres");
  return {
    server,
    query,
    /** A log-in role as Cloud SQL would make it; answers its password. */
    addUser: async (name: string) => {
      const password = randomBytes(12).toString("base64url");
      await query(
        `CREATE ROLE ${escapeIdentifier(name)} LOGIN PASSWORD ${escapeLiteral(password)} IN ROLE capanel_owner`,
      );
      return password;
    },
    /** The application's plain settings. */
    env: {
      POSTGRES_SERVER: `${host}:${port}`,
      POSTGRES_DB: "capanel",
      POSTGRES_OWNER_ROLE: "capanel_owner",
      FIRST_SUPERUSER: "admin@example.com",
    },
    stop: async () => {
      await server.remove();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
