import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PulumiCommand } from "@pulumi/pulumi/automation";

/**
 * The engine as somebody types it. The Automation API asks for a log of all events in every preview, and with a pack the engine then tells
 * of every resource which rules it passed; `pulumi preview` does none of this. A script in the folder leaves that wish out.
 *
 * @param folder an existing folder of the caller's, which removes it.
 */
export async function typedEngine({ command }: PulumiCommand, folder: string) {
  const bin = join(folder, "bin");
  mkdirSync(bin);
  const script = join(bin, "pulumi");
  writeFileSync(script, SCRIPT.replace("ENGINE", `'${command.replaceAll("'", "'\\''")}'`));
  chmodSync(script, 0o755);
  return PulumiCommand.get({ root: folder, skipVersionCheck: true });
}

const SCRIPT = `#!/bin/sh
left=$#
while [ "$left" -gt 0 ]; do
  argument=$1; shift; left=$((left - 1))
  if [ "$argument" = --event-log ]; then shift; left=$((left - 1)); else set -- "$@" "$argument"; fi
done
exec ENGINE "$@"
`;
