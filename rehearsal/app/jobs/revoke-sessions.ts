/** The job `revoke-sessions`: ends every session of the panel, so that whoever holds an old token must log in again. */
import { log } from "../log";
import { PANEL } from "../panel/schema";
import type { Env } from "../settings";
import { withDatabase } from "./database";

/** Deletes the rows of `AuthSession`; access and refresh tokens are refused from then on, whatever secret signed them. */
export async function revokeSessions(env: Env): Promise<void> {
  const revoked = await withDatabase(env, PANEL, (database) =>
    database.rows('DELETE FROM "AuthSession" RETURNING 1'),
  );
  log("INFO", "sessions revoked", { revoked: revoked.length });
}
