import { Client } from "pg";
import { z } from "zod";
import { inTransaction } from "../../../components/consumers/postgres-admin";
import type { Context } from "../protocol/resource";
import type { Properties } from "../protocol/values";

const LOOPBACK = /^(127\.\d+\.\d+\.\d+|localhost|::1)$/;

const whole = z.coerce.number().int().min(0);
const flag = z.union([z.boolean(), z.enum(["true", "false"])]);
const text = z.string().min(1);

/**
 * The settings of the postgresql provider, named as the official one names them, for a server on loopback with a password. Settings for
 * clouds' identities and client certificates are unknown here, and so refused.
 */
export const postgresqlConfig = z.strictObject({
  scheme: z.literal("postgres").optional(),
  host: z.string().regex(LOOPBACK, {
    message: "must be this machine (127.0.0.1): a rehearsal speaks to no other server",
  }),
  port: whole.optional(),
  database: text.optional(),
  username: text.optional(),
  databaseUsername: text.optional(),
  password: text,
  sslmode: z.enum(["disable", "require", "verify-ca", "verify-full"]).optional(),
  sslrootcert: text.optional(),
  superuser: flag.optional(),
  connectTimeout: whole.optional(),
  expectedVersion: text.optional(),
});

/** What the resources of the postgresql provider work with. */
export interface Postgresql {
  /** The user whose rights count, and who gets what a dropped role owned. */
  readonly user: string;
  /** False where the program says that the user is no superuser: passwords are then not read back. */
  readonly superuser: boolean;
  /** Runs `work` in one transaction on a connection of its own; to the provider's database unless one is named. */
  transaction<T>(work: (client: Client) => Promise<T>, database?: string): Promise<T>;
}

/** The context of a resource of this provider. */
export type PostgresqlContext = Context<Postgresql>;

/** Takes the settings; nothing connects before a resource needs it. */
export function configurePostgresql(config: Properties): Postgresql {
  const settings = postgresqlConfig.parse(config);
  const { username = "postgres", sslmode = "require", connectTimeout = 180 } = settings;
  const connection = {
    host: settings.host,
    port: settings.port ?? 5432,
    user: username,
    password: settings.password,
    ssl: sslmode === "disable" ? false : { rejectUnauthorized: sslmode.startsWith("verify") },
    connectionTimeoutMillis: connectTimeout * 1000,
    application_name: "pulumi postgresql provider of the rehearsal",
  };
  return {
    user: settings.databaseUsername ?? username,
    superuser: String(settings.superuser ?? true) === "true",
    async transaction(work, database = settings.database ?? "postgres") {
      const client = new Client({ ...connection, database });
      let lost: Error | undefined;
      client.on("error", (error) => (lost = error));
      try {
        await client.connect();
        return await inTransaction(client, () => work(client));
      } catch (error) {
        throw lost ?? error;
      } finally {
        await client.end();
      }
    },
  };
}
