import * as pulumi from "@pulumi/pulumi";
import { SshConnection, shellWord } from "../../components/consumers/compose-remote";
import { settled } from "../../components/consumers/postgres-admin";
import { RotationRecord, liveGenerations } from "../../components/rotation";
import { runOverSsh } from "../self-hosted/ssh";

/** What {@link backupsHook} works with. */
export interface BackupsArgs {
  readonly connection: SshConnection;
  /** The folder on the machine, absolute; folders in it are looked into as well. */
  readonly folder: string | undefined;
  /** The record of the backup key. */
  readonly record: RotationRecord;
}

/**
 * Those of the files that only a retired key opens, by the `kid` in their names: `<short>-g<generation>`. A backup from before rekey has none
 * there and counts as one of generation 1, whose pass phrase was taken over; so does whatever else lies there.
 */
export function needyBackups(
  paths: readonly string[],
  short: string,
  live: readonly number[],
): string[] {
  const kid = new RegExp(`(?:^|[^a-zA-Z0-9-])(?:dev-test-)?${short}-g(\\d+)(?!\\d)`);
  return paths.filter((path) => {
    const generation = kid.exec(path.split("/").at(-1) ?? "")?.[1] ?? 1;
    return path !== "" && !live.includes(Number(generation));
  });
}

/**
 * Holds the retirement of a backup's key back while a backup is left on the machine that only this key opens, see {@link needyBackups}. In an
 * emergency too. Copies at other places are not seen.
 */
export function backupsHook(
  name: string,
  short: string,
  { connection, folder, record }: BackupsArgs,
): pulumi.ResourceHook {
  const live = liveGenerations(record).map(({ generation }) => generation);
  return new pulumi.ResourceHook(name, async () => {
    if (folder === undefined)
      throw new Error(
        "BACKUP_ENCRYPTION_KEY: nothing says where its backups are, so nobody can tell whether one still needs the key that is to be retired. Set `pulumi config set --path 'rekey:proxpanel.backupFolder' <folder>`, then `rekey up` again",
      );
    const privateKey = await settled(connection.privateKey);
    const { code, out, err } = await runOverSsh(
      { ...connection, privateKey },
      `find ${shellWord(folder)} -type f`,
    );
    if (code !== 0)
      throw new Error(
        `BACKUP_ENCRYPTION_KEY: the backups in ${folder} cannot be listed (${err.trim() || `status ${code}`}). Mend rekey:proxpanel.backupFolder or the folder, then \`rekey up\` again`,
      );
    const needy = needyBackups(out.split("\n"), short, live);
    if (needy.length > 0)
      throw new Error(
        `BACKUP_ENCRYPTION_KEY: ${needy.length} backup(s) in ${folder} still need a key that is to be retired, such as ${needy[0]}. Keep the key until they are out of date, or encrypt them anew; then delete them and run \`rekey up\` again. A file whose name holds no key's id counts as one of generation 1: move away what is no backup. To keep the key, put its slot back into the record (git diff shows it)`,
      );
  });
}
