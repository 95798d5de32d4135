import type { Database } from "./database";
import type { Answer } from "./http";
import { log } from "./log";

/** 200 once the database lets its user in and the tables are there; 503 with the database's code until then, also when that changes later. */
export async function readiness(database: Database): Promise<Answer> {
  try {
    await database.migrate();
    return { body: { database: "ok", ...(await database.identity()) } };
  } catch (error) {
    const { code, message } = error as Error & { code?: string };
    log("WARNING", "not ready", { code, error: message });
    return { status: 503, body: { database: "unavailable", code } };
  }
}
