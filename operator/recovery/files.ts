import { copyFile, readFile, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { exists } from "../exists";
import { backendFolder, isStale, lockHolders } from "./lock";

/**
 * Mends what a killed engine left half-written in a file backend, so that the stack can be opened again:
 *
 * - Beside each file stand a few facts about it (`<file>.attrs`), which the engine does not write in one step. Where they are unfinished
 *   the file beside them is not read any more (`failed to load checkpoint: EOF`); where there are none it is. They go.
 * - The engine moves the state away (`.bak`) before it writes the next one. Where it was killed in between, the stack seems not to be
 *   there. The state of before goes back: what the engine was about to do stands in it as begun. Only beside the lock of an update that
 *   died, since a stack that was removed looks the same.
 *
 * Nothing is touched while somebody holds the stack.
 *
 * @returns what was mended, in one line; undefined where there was nothing, and for any other backend.
 */
export async function mendFiles(
  backend: string,
  project: string,
  stack: string,
): Promise<string | undefined> {
  if (!backend.startsWith("file://")) return undefined;
  const name = basename(stack);
  const holders = await lockHolders(backend, project, name);
  if (!holders.every(isStale)) return undefined;
  const state = join(backendFolder(backend), ".pulumi/stacks", project, `${name}.json`);
  const before = `${state}.bak`;
  const unfinished = await unfinishedFacts([`${state}.attrs`, `${before}.attrs`]);
  for (const path of unfinished) await rm(path);
  const lost = holders.length > 0 && !(await exists(state)) && (await exists(before));
  if (lost) await copyFile(before, state);
  if (lost) return "put the state back that a killed update had moved away";
  return unfinished.length > 0
    ? "removed what a killed update wrote of the state's facts"
    : undefined;
}

async function unfinishedFacts(paths: readonly string[]): Promise<string[]> {
  const broken: string[] = [];
  for (const path of paths) {
    if (!(await exists(path))) continue;
    try {
      JSON.parse(await readFile(path, "utf8"));
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      broken.push(path);
    }
  }
  return broken;
}
