/** The job `restore-check`: opens every backup with the keys that are accepted, and restores none. */
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { BACKUP, unseal } from "../backups";
import { log } from "../log";
import { accepted, required, type Env } from "../settings";
import { progress } from "./progress";

/**
 * Opens each file in `BACKUP_DIR` with `BACKUP_ENCRYPTION_KEY` or one that is accepted besides. Fails when one does not open, after all of
 * them were tried; their names are in the log.
 */
export async function restoreCheck(env: Env): Promise<void> {
  const folder = required(env, "BACKUP_DIR");
  const keys = accepted(env, "BACKUP_ENCRYPTION_KEY");
  const names = (await readdir(folder)).filter((name) => name.endsWith(BACKUP)).sort();
  const refused: string[] = [];
  for (const name of names) {
    const backup = await readFile(join(folder, name));
    const text = keys.map((key) => unseal(key, backup)).find((one) => one !== undefined);
    if (text === undefined) refused.push(name);
    else JSON.parse(text);
  }
  const opened = names.length - refused.length;
  progress("restore-check", { opened, refused: refused.length });
  log(refused.length === 0 ? "INFO" : "ERROR", "restore-check ended", { opened, refused });
  if (refused.length > 0)
    throw new Error(
      `${refused.length} backups do not open with any key in BACKUP_ENCRYPTION_KEY and its accepted ones`,
    );
}
