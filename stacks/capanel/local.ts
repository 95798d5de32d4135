import { LocalEnvFile } from "../../components/consumers/local-env-file";
import { Password } from "../../components/secrets/password";
import { Configuration, recordOf } from "../configuration";
import { CapanelSettings } from "./settings";

const SECRET = "POSTGRES_PASSWORD";

/** The password of a developer's own database and the env file that carries it. Refused outside dev. */
export function capanelLocal(
  { environment, records }: Configuration,
  { envFile, host, port, database, user }: NonNullable<CapanelSettings["local"]>,
): LocalEnvFile {
  const record = environment === "dev" ? recordOf(records, SECRET) : undefined;
  const password = record && new Password("capanel-local-database", { record });
  return new LocalEnvFile("capanel-local-env", {
    environment,
    file: envFile,
    variable: SECRET,
    generations: password?.generations ?? [],
    host,
    port,
    database,
    user,
  });
}
