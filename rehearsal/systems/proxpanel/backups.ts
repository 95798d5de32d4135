import { readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { backupName, seal } from "../../app/backups";
import { Machine, runJob } from "../self-hosted/machine";
import type { Answer, Held } from "../system";

/** Makes a backup under the active key, as the machine's timer does. */
export async function makeBackup(machine: Machine): Promise<void> {
  const { code, err } = await runJob(machine, "backup");
  if (code !== 0) throw new Error(`the job backup failed with status ${code}: ${err}`);
}

/** Deletes the backups that are not of this key, as if their time were over. */
export async function expireBackups({ backupFolder }: Machine, kid: string): Promise<void> {
  for (const name of await readdir(backupFolder))
    if (!name.startsWith(`${kid}_`)) await rm(join(backupFolder, name));
}

/** Puts a backup of the generation held where the others are, and lets the machine open all of them. */
export async function tryBackup(
  machine: Machine,
  { value, username: kid = "" }: Held,
): Promise<Answer> {
  const name = backupName(kid, new Date());
  const path = join(machine.backupFolder, name);
  await writeFile(path, seal(value.reveal(), "{}"), { mode: 0o600 });
  try {
    const { refused } = await checkBackups(machine);
    if (refused.length === 0) return "accepted";
    if (refused.length === 1 && refused[0] === name) return "refused";
    throw new Error(`backups do not open that should: ${refused.join(", ")}`);
  } finally {
    await rm(path);
  }
}

/** How many backups the machine opens with the keys that it has, and the names of those that it does not. */
export async function checkBackups(
  machine: Machine,
): Promise<{ readonly opened: number; readonly refused: readonly string[] }> {
  const { out, err } = await runJob(machine, "restore-check");
  const line = out.split("\n").find((one) => one.includes('"restore-check ended"'));
  if (line === undefined) throw new Error(`the job restore-check did not end: ${err}`);
  return JSON.parse(line) as { opened: number; refused: string[] };
}

/** What stands in the names of the backups that are there: how many of which key. */
export async function backupsByKey({ backupFolder }: Machine): Promise<string> {
  const counts = new Map<string, number>();
  for (const name of await readdir(backupFolder)) {
    const kid = name.split("_")[0] ?? "";
    counts.set(kid, (counts.get(kid) ?? 0) + 1);
  }
  return [...counts].map(([kid, count]) => `${count} of ${kid}`).join(", ");
}
