import { Client } from "pg";
import type { Postgres } from "../../clouds/postgres";

/** What the database's administrator sets up once, before rekey: the application's database and the no-login role that owns it. */
export async function seedDatabase(postgres: Postgres, database: string): Promise<void> {
  await asAdministrator(postgres, "postgres", async (client) => {
    await client.query(`CREATE ROLE ${database}_owner NOLOGIN`);
    await client.query(`CREATE DATABASE ${database} OWNER ${database}_owner`);
  });
  await asAdministrator(postgres, database, async (client) => {
    await client.query(`ALTER SCHEMA public OWNER TO ${database}_owner`);
  });
}

/** Works with the server as its administrator. */
export async function asAdministrator<T>(
  { host, port, adminUser: user, adminPassword: password }: Postgres,
  database: string,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const client = new Client({ host, port, user, password, database });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
