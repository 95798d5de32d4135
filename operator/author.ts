import { execFile } from "node:child_process";
import { userInfo } from "node:os";
import { promisify } from "node:util";

/** Who makes a move, unless `--by` says it: the e-mail address that git knows in this folder, or else the system's user name. */
export async function author(cwd: string): Promise<string> {
  const email = await gitEmail(cwd);
  return (email || userInfo().username).slice(0, 500);
}

async function gitEmail(cwd: string): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)("git", ["config", "user.email"], { cwd });
    return stdout.trim();
  } catch (error) {
    // An exit code: git knows no address here. ENOENT: there is no git. Both leave it to the system's user name.
    const { code } = error as { code?: number | string };
    if (typeof code === "number" || code === "ENOENT") return "";
    throw error;
  }
}
