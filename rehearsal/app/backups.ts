/** Encrypted backups: AES-256-GCM under a key that scrypt makes of the pass phrase, named after the id of the pass phrase. */
import { createCipheriv, createDecipheriv, randomBytes, scryptSync } from "node:crypto";

/** What a backup's name ends with. */
export const BACKUP = ".backup";

const [SALT, NONCE, TAG] = [16, 12, 16];

/** The name of a backup of now: `<kid>_<time>.backup`. */
export function backupName(kid: string, at: Date): string {
  return `${kid}_${at.toISOString().replaceAll(/[-:.]/g, "")}${BACKUP}`;
}

/** Encrypts a backup. */
export function seal(passPhrase: string, text: string): Buffer {
  const [salt, nonce] = [randomBytes(SALT), randomBytes(NONCE)];
  const cipher = createCipheriv("aes-256-gcm", scryptSync(passPhrase, salt, 32), nonce);
  const sealed = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
  return Buffer.concat([salt, nonce, cipher.getAuthTag(), sealed]);
}

/** What is in a backup; undefined where this pass phrase does not open it. */
export function unseal(passPhrase: string, backup: Buffer): string | undefined {
  const salt = backup.subarray(0, SALT);
  const nonce = backup.subarray(SALT, SALT + NONCE);
  const tag = backup.subarray(SALT + NONCE, SALT + NONCE + TAG);
  if (tag.length < TAG) return undefined;
  const cipher = createDecipheriv("aes-256-gcm", scryptSync(passPhrase, salt, 32), nonce);
  cipher.setAuthTag(tag);
  const text = cipher.update(backup.subarray(SALT + NONCE + TAG));
  try {
    return Buffer.concat([text, cipher.final()]).toString("utf8");
  } catch {
    // All that `final` fails for: the tag is not that of this key.
    return undefined;
  }
}
