import { readFile, readdir, readlink, rm, stat, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { basename, join } from "node:path";
import { z } from "zod";
import { alive } from "../operator/recovery/alive";

/** How the folder of every rehearsal begins. */
export const PREFIX = "rekey-rehearsal-";

/** The note of what has to be ended, in the folder of a rehearsal that was kept. */
export const KEPT = "kept.json";

const OWNER = "owner.json";
const owner = z.strictObject({ pid: z.number().int().min(2), host: z.string() });

/** Notes whose folder it is, for {@link sweep}. */
export async function noteOwner(root: string): Promise<void> {
  const mine = { pid: process.pid, host: hostname() };
  await writeFile(join(root, OWNER), `${JSON.stringify(mine)}\n`, { mode: 0o600 });
}

/**
 * Removes what rehearsals of this user left that were killed: folders whose process is gone. Not those that are kept, nor those of
 * another host or container that shares the temporary folder.
 *
 * @returns the folders that were removed.
 */
export async function sweep(folder = tmpdir()): Promise<string[]> {
  const names = await readdir(folder);
  const removed: string[] = [];
  for (const root of names.filter((name) => name.startsWith(PREFIX)).map((n) => join(folder, n))) {
    if (!(await isLeft(root))) continue;
    await removeFolder(root);
    removed.push(root);
  }
  return removed;
}

/** Removes a rehearsal's folder, and its database's data where that stands elsewhere. */
export async function removeFolder(root: string): Promise<void> {
  const data = await dataElsewhere(root);
  for (const made of data === undefined ? [root] : [data, root])
    await rm(made, { recursive: true, force: true, maxRetries: 5 });
}

async function isLeft(root: string): Promise<boolean> {
  const found = await unlessMissing(stat(root));
  if (!found?.isDirectory() || (process.getuid && found.uid !== process.getuid())) return false;
  if ((await unlessMissing(stat(join(root, KEPT)))) !== undefined) return false;
  const text = await unlessMissing(readFile(join(root, OWNER), "utf8"));
  // A folder that was made this moment has no note yet.
  if (text === undefined || text === "") return false;
  const { pid, host } = owner.parse(JSON.parse(text));
  return host === hostname() && !alive(pid);
}

/** As root the database's data may stand elsewhere, where a link in the folder leads. */
async function dataElsewhere(root: string): Promise<string | undefined> {
  const target = await unlessMissing(readlink(join(root, "postgres", "elsewhere")));
  return target !== undefined && /^rekey-postgres-\w{6}$/.test(basename(target))
    ? target
    : undefined;
}

async function unlessMissing<T>(found: Promise<T>): Promise<T | undefined> {
  return found.catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return undefined;
    throw error;
  });
}

/**
 * Ends every process that works with this rehearsal's engine folder: engines, providers, and the commands that started them. Known by
 * their environment, so that no other process is touched; where there is no /proc, none is found.
 */
export async function endEngines(home: string): Promise<void> {
  const names = await unlessMissing(readdir("/proc"));
  const wanted = `PULUMI_HOME=${home}`;
  for (const pid of (names ?? []).filter((name) => /^\d+$/.test(name)).map(Number)) {
    // A process may end while it is looked at, and others' environments are closed to us: neither is one of these.
    const environment = await readFile(`/proc/${pid}/environ`, "latin1").catch(() => "");
    if (pid !== process.pid && environment.split("\0").includes(wanted)) end(pid);
  }
}

function end(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
