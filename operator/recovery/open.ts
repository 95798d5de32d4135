import { LocalWorkspace } from "@pulumi/pulumi/automation";
import { OpenStack, Place, openStack } from "../workspace";
import { mendFiles } from "./files";
import { endOrphans } from "./processes";

/**
 * Opens a stack whose last update may have been killed: waits for what that left running, and where the stack cannot be opened, mends its
 * files and opens it then.
 *
 * @param mark marks the processes of this stack's updates.
 * @param note is told one line for each thing that was mended.
 */
export async function openAfterKill(
  place: Place,
  mark: string,
  note: (line: string) => void,
): Promise<OpenStack> {
  const orphans = await endOrphans(mark);
  if (orphans > 0) note(`waited for ${orphans} process(es) of a killed update`);
  try {
    return await openStack(place);
  } catch (error) {
    const mended = await mendFiles(await backendOf(place), "rekey", place.stack);
    if (mended === undefined) throw error;
    note(mended);
    return openStack(place);
  }
}

async function backendOf({ cwd, command, env }: Place): Promise<string> {
  const named = env?.["PULUMI_BACKEND_URL"] ?? process.env["PULUMI_BACKEND_URL"];
  if (named !== undefined) return named;
  const options = { workDir: cwd, pulumiCommand: command, ...(env && { envVars: { ...env } }) };
  const workspace = await LocalWorkspace.create(options);
  return (await workspace.whoAmI()).url ?? "";
}
