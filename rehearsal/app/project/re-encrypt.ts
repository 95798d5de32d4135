/** The job `project-re-encrypt`: see {@link reEncrypt}, on project's tables. */
import { reEncrypt } from "../jobs/re-encrypt";
import type { Env } from "../settings";
import { PROJECT } from "./schema";

/** Brings every mailbox's tokens under the active key. */
export function reEncryptProject(env: Env): Promise<void> {
  return reEncrypt(env, PROJECT);
}
