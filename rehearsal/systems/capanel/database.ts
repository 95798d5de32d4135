import { randomBytes } from "node:crypto";
import { Client } from "pg";
import type { SecretText } from "../../../components/secret-text";
import { scramVerifier } from "../../../components/scram";
import type { Postgres } from "../../clouds/postgres";

/**
 * What the database's administrator sets up once, before rekey: the application's database with the no-login role that owns it, and
 * a developer's own database with one user.
 */
export async function seedDatabases(postgres: Postgres, localPassword: SecretText): Promise<void> {
  const { host, port, adminUser: user, adminPassword: password } = postgres;
  const client = new Client({ host, port, user, password, database: "postgres" });
  await client.connect();
  try {
    const verifier = scramVerifier(localPassword.reveal(), randomBytes(16));
    await client.query("CREATE ROLE capanel_owner NOLOGIN");
    await client.query("CREATE DATABASE capanel OWNER capanel_owner");
    await client.query(`CREATE ROLE capanel_local LOGIN PASSWORD '${verifier}'`);
    await client.query("CREATE DATABASE capanel_local OWNER capanel_local");
  } finally {
    await client.end();
  }
}
