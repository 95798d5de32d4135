import type { Clouds } from "../../clouds";
import { tryDatabase } from "../probes";
import type { Trial } from "../system";

/** How the user of a self-hosted system's database is tried: by a log-in of its own. */
export function databaseTrial(database: string): Trial {
  return {
    what: `log-in to the database ${database} (SCRAM-SHA-256)`,
    attempt: ({ clouds: { postgres } }: { readonly clouds: Clouds }, { username, value }) =>
      tryDatabase({
        host: postgres.host,
        port: postgres.port,
        database,
        user: String(username),
        password: value,
      }),
  };
}
