import { chmod, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A temporary folder for a command that starts PostgreSQL: as root, the server runs as another user, who must be able to pass. */
export async function passableFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "rekey-test-"));
  await chmod(folder, 0o755);
  return folder;
}
