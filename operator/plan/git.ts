import { execFile } from "node:child_process";
import { dirname, relative, sep } from "node:path";
import { realpath } from "node:fs/promises";
import { promisify } from "node:util";
import { RekeyError } from "../errors";

/** A commit that the head is compared with, and what it says. */
export interface Base {
  /** As it was asked for: a branch, a tag, a commit. */
  readonly ref: string;
  /** The merge base of that and HEAD. */
  readonly commit: string;
  /** The file's path below the repository's root, with `/`. */
  readonly file: string;
  /** The file's text there; undefined where it did not exist. */
  readonly text: string | undefined;
}

/** What is tried when no base is named, in this order. */
const DEFAULT_REFS = ["origin/HEAD", "origin/main", "main"];

/**
 * Reads a file as it is at the merge base of HEAD and a ref, which is what a pull request changes against.
 *
 * @throws RekeyError (exit 2) outside a repository, for an unknown ref, and where the two have no common commit (a shallow clone).
 */
export async function readBase(file: string, ref?: string): Promise<Base> {
  const path = await realpath(file);
  const git = (args: readonly string[]) => run(dirname(path), args);
  const root = await git(["rev-parse", "--show-toplevel"]);
  if (root === undefined) throw refused("is in no git repository", "a file under git", ref);
  const below = relative(await realpath(root.trim()), path)
    .split(sep)
    .join("/");
  const chosen = ref ?? (await firstKnown(git));
  if (chosen === undefined)
    throw refused(`none of ${DEFAULT_REFS.join(", ")} is known`, "a branch, tag or commit", ref);
  const commit = await commitOf(git, chosen);
  if (commit === undefined)
    throw refused("is no commit of this repository", "a branch, tag or commit", chosen);
  const base = (await git(["merge-base", commit, "HEAD"]))?.trim();
  if (!base)
    throw refused(
      "has no commit in common with HEAD that is here",
      "a ref of the same history; CI needs a full clone (`fetch-depth: 0`)",
      chosen,
    );
  const listed = await git(["ls-tree", "--full-tree", "--name-only", base, "--", below]);
  const text = listed?.trim() ? await git(["cat-file", "blob", `${base}:${below}`]) : undefined;
  return { ref: chosen, commit: base, file: below, text };
}

/** What decides which resources a program declares and what policies say of them, below the project's folder. */
const PROGRAM = ["stacks", "components", "policies", "Pulumi.yaml", "package-lock.json"];

/**
 * True if the program, its library, the policies, the packages or the stack's settings differ from a commit, the working tree's own edits
 * and new files included: a change that is to be previewed although no secret moves.
 *
 * @param folder the project's, with Pulumi.yaml.
 * @throws RekeyError (exit 2) if the commit cannot be compared with.
 */
export async function programChanged(
  folder: string,
  stackFile: string,
  commit: string,
): Promise<boolean> {
  const [cwd, settings] = [await realpath(folder), await realpath(stackFile)];
  const paths = ["--", ...PROGRAM, settings];
  const changed = await run(cwd, ["diff", "--name-only", commit, ...paths]);
  const added = await run(cwd, ["ls-files", "--others", "--exclude-standard", ...paths]);
  if (changed === undefined || added === undefined)
    throw refused(
      "cannot be compared with the working tree",
      "a commit of this repository",
      commit,
    );
  return `${changed}${added}`.trim() !== "";
}

type Git = (args: readonly string[]) => Promise<string | undefined>;

async function firstKnown(git: Git): Promise<string | undefined> {
  for (const ref of DEFAULT_REFS) if ((await commitOf(git, ref)) !== undefined) return ref;
  return undefined;
}

async function commitOf(git: Git, ref: string): Promise<string | undefined> {
  const found = await git([
    "rev-parse",
    "--verify",
    "--quiet",
    "--end-of-options",
    ref + "^{commit}",
  ]);
  return found?.trim();
}

/** Git's answer; undefined where it said no by its exit code. */
async function run(cwd: string, args: readonly string[]): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)("git", args as string[], {
      cwd,
      maxBuffer: 64 * 1024 * 1024,
    });
    return stdout;
  } catch (error) {
    const { code } = error as { code?: number | string };
    if (typeof code === "number") return undefined;
    if (code !== "ENOENT") throw error;
    throw refused("git is not on PATH", "an installed git", undefined);
  }
}

function refused(problem: string, allowed: string, ref: string | undefined): RekeyError {
  return new RekeyError({
    code: "no-base",
    exitCode: 2,
    message: `there is nothing to compare with: ${ref === undefined ? "" : `${JSON.stringify(ref.slice(0, 100))} `}${problem}`,
    path: "--base",
    allowed,
    fix: "name the branch that the change goes to: `--base main`",
  });
}
