/** The job `backup`: writes the panel's tables, encrypted, into a file that is named after the key's id. */
import { rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { backupName, seal } from "../backups";
import { log } from "../log";
import { PANEL } from "../panel/schema";
import { required, type Env } from "../settings";
import { withDatabase } from "./database";

const TABLES = ["panel_users", "audit_logs"];

/** One backup into `BACKUP_DIR` under `BACKUP_ENCRYPTION_KEY`, whose id is `BACKUP_ENCRYPTION_KEY_ID`; whole or not there at all. */
export async function backup(env: Env): Promise<void> {
  const name = backupName(required(env, "BACKUP_ENCRYPTION_KEY_ID"), new Date());
  const passPhrase = required(env, "BACKUP_ENCRYPTION_KEY");
  const path = join(required(env, "BACKUP_DIR"), name);
  const tables = await withDatabase(env, PANEL, async (database) => {
    const dumped = TABLES.map(async (table) => [table, await database.rows(`TABLE ${table}`)]);
    return Object.fromEntries((await Promise.all(dumped)) as [string, unknown][]);
  });
  await writeFile(`${path}.part`, seal(passPhrase, JSON.stringify(tables)), { mode: 0o600 });
  await rename(`${path}.part`, path);
  log("INFO", "backup ended", { name });
}
