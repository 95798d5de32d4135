/** The mode `seed-admin`: makes `FIRST_SUPERUSER` an administrator with the password of `FIRST_SUPERUSER_PASSWORD`, then ends. */
import { Database } from "./database";
import { log } from "./log";
import { databaseSettings, required, type Env } from "./settings";
import { seedAdministrator } from "./users";

/** Fine to repeat; fails when the database refuses its user or a variable is missing, and then changes nothing. */
export async function seedAdmin(env: Env): Promise<void> {
  const email = required(env, "FIRST_SUPERUSER");
  const password = required(env, "FIRST_SUPERUSER_PASSWORD");
  const database = new Database(databaseSettings(env));
  try {
    await database.migrate();
    await seedAdministrator(database, email, password);
    log("INFO", "administrator seeded", { email });
  } finally {
    await database.end();
  }
}
