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
 * Holds the retirement of a backup's key back while a backup is left on the machine that only this key opens, by the `kid` in each file's
 * name: `<name>-g<generation>`. In an emergency too. Copies at other places are not seen.
 */
export function backupsHook(
  name: string,
  short: string,
  { connection, folder, record }: BackupsArgs,
): pulumi.ResourceHook {
  const live = liveGenerations(record).map(({ generation }) => generation);
  const kid = new RegExp(`(?:^|[^a-zA-Z0-9-])(?:dev-test-)?${short}-g(\\d+)(?!\\d)`);
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
    const needy = out.split("\n").filter((path) => {
      const generation = kid.exec(path.split("/").at(-1) ?? "")?.[1];
      return generation !== undefined && !live.includes(Number(generation));
    });
    if (needy.length > 0)
      throw new Error(
        `BACKUP_ENCRYPTION_KEY: ${needy.length} backup(s) in ${folder} still need a key that is to be retired, such as ${needy[0]}. Keep the key until they are out of date, or encrypt them anew; then delete them and run \`rekey up\` again. To keep the key, put its slot back into the record (git diff shows it)`,
      );
  });
}
