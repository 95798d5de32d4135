import { Database, type Schema } from "../database";
import { databaseSettings, type Env } from "../settings";

/** Runs a job on the database, its tables made if they are missing, and closes the connections whatever came of it. */
export async function withDatabase<T>(
  env: Env,
  schema: Schema,
  job: (database: Database) => Promise<T>,
): Promise<T> {
  const database = new Database(databaseSettings(env), schema);
  try {
    await database.migrate();
    return await job(database);
  } finally {
    await database.end();
  }
}

/** A variable with a whole number from 1 to `most`; `otherwise` when it is not set. */
export function count(env: Env, name: string, otherwise: number, most: number): number {
  const value = env[name];
  if (value === undefined || value === "") return otherwise;
  if (!/^[1-9]\d*$/.test(value) || Number(value) > most) {
    throw new Error(`environment variable ${name} must be a whole number from 1 to ${most}`);
  }
  return Number(value);
}
