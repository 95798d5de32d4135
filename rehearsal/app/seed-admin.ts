/** The mode `seed-admin`: gives the administrator of the control panel, or of proxpanel, the password of the environment, then ends. */
import { withDatabase } from "./jobs/database";
import { log } from "./log";
import { seedPanelAdministrator } from "./panel/auth";
import { PANEL } from "./panel/schema";
import { CAPANEL } from "./schema";
import { required, type Env } from "./settings";
import { seedAdministrator } from "./users";

/**
 * `ADMIN_USER` and `ADMIN_PASSWORD` for proxpanel, else `FIRST_SUPERUSER` and `FIRST_SUPERUSER_PASSWORD`. Fine to repeat; fails when the
 * database refuses its user or a variable is missing, and then changes nothing.
 */
export async function seedAdmin(env: Env): Promise<void> {
  if (env["ADMIN_USER"] !== undefined) return seedPanel(env);
  const email = required(env, "FIRST_SUPERUSER");
  const password = required(env, "FIRST_SUPERUSER_PASSWORD");
  await withDatabase(env, CAPANEL, (database) => seedAdministrator(database, email, password));
  log("INFO", "administrator seeded", { email });
}

async function seedPanel(env: Env): Promise<void> {
  const username = required(env, "ADMIN_USER");
  const password = required(env, "ADMIN_PASSWORD");
  await withDatabase(env, PANEL, (database) =>
    seedPanelAdministrator(database, username, password),
  );
  log("INFO", "administrator seeded", { username });
}
