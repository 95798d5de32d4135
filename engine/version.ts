import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** The oldest Pulumi CLI that rekey works with: the first with `replacementTrigger`. */
export const OLDEST = "3.226.0";

/** The folder with the go.mod that pins the CLI. */
export const MODULE = __dirname;

/** What engine/go.mod asks for. */
export interface Pinned {
  /** The CLI to download or build, without a leading v. */
  readonly pulumi: string;
  /** The oldest Go that builds it, without a leading `go`. */
  readonly go: string;
  /** How many Go modules go.mod names; the build fetches most of them. */
  readonly modules: number;
}

/**
 * Reads the versions that engine/go.mod pins; the one place that says them.
 *
 * @throws Error when the file names no version of Pulumi or of Go.
 */
export async function readPinned(folder: string = MODULE): Promise<Pinned> {
  const file = join(folder, "go.mod");
  const text = await readFile(file, "utf8");
  const pulumi = /^\s*(?:require )?github\.com\/pulumi\/pulumi\/pkg\/v3 v(\S+)/m.exec(text)?.[1];
  const go = /^go (\S+)$/m.exec(text)?.[1];
  if (pulumi === undefined || go === undefined) {
    throw new Error(
      `${file} must name github.com/pulumi/pulumi/pkg/v3 and a Go version; restore it`,
    );
  }
  return { pulumi, go, modules: text.match(/^\t\S+ v\S+/gm)?.length ?? 0 };
}

/** True when `version` is `wanted` or later. A missing part counts as 0, what follows the numbers does not count. */
export function isAtLeast(version: string, wanted: string): boolean {
  const [left, right] = [numbers(version), numbers(wanted)];
  const index = left.findIndex((part, at) => part !== right[at]);
  return index < 0 || (left[index] ?? 0) > (right[index] ?? 0);
}

/** The version in what `pulumi version` prints, without a leading v; undefined when there is none. */
export function parseVersion(printed: string): string | undefined {
  return /^v?(\d+\.\d+\.\d+\S*)$/.exec(printed.trim())?.[1];
}

/** Why rekey cannot work with this version of the CLI; undefined when it can. */
export function unfit(version: string): string | undefined {
  if (!isAtLeast(version, OLDEST)) return `is ${version}, older than ${OLDEST}`;
  if (isAtLeast(version, "4.0.0")) return `is ${version}, and rekey is made for 3.x`;
  return undefined;
}

function numbers(version: string): [number, number, number] {
  const parts = /^(\d+)(?:\.(\d+))?(?:\.(\d+))?/.exec(version) ?? [];
  return [Number(parts[1] ?? 0), Number(parts[2] ?? 0), Number(parts[3] ?? 0)];
}
