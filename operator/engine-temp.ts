import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

let folder: string | undefined;

/**
 * The folder in which the engine of this process and its plugins put what is for a while: nobody else may enter it, and it is removed when the process
 * ends. The official provider of Kubernetes writes the kubeconfig, with its token, into a temporary file at every start and never removes it.
 */
export function engineTemp(): string {
  if (folder !== undefined) return folder;
  const made = mkdtempSync(join(tmpdir(), "rekey-engine-"));
  process.once("exit", () => rmSync(made, { recursive: true, force: true }));
  return (folder = made);
}
