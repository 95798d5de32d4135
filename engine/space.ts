import { access, stat, statfs } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Refusal } from "./engine";
import type { Go } from "./go";

const MB = 1_000_000;

/** What a build writes, measured with Go 1.26 on Linux and rounded up. */
const NEEDED = {
  /** The executable, while it is linked and when it is moved. */
  program: 400 * MB,
  /** Fetched and unpacked modules, when none are there yet. */
  modules: 2_000 * MB,
  /** Compiled packages, when none are there yet. */
  packages: 1_800 * MB,
};

/** A folder and what will be written below it. */
interface Demand {
  folder: string;
  bytes: number;
}

/** Tells the free blocks of the disk that a folder is on. */
export type Look = (folder: string) => Promise<{ bavail: number; bsize: number }>;

/**
 * Looks whether the disks have room for a build, before minutes are spent on it. Folders of one disk count together. Modules that are
 * there already are not counted; compiled packages always are, for a cache tells its size only slowly.
 *
 * @param look what tells a disk's free blocks; tests bring their own
 */
export async function checkSpace(
  cacheDir: string,
  go: Go,
  version: string,
  look: Look = statfs,
): Promise<Refusal | undefined> {
  const modules = (await hasModule(go.moduleCache, version)) ? 0 : NEEDED.modules;
  const demands = [
    { folder: cacheDir, bytes: NEEDED.program },
    { folder: go.buildCache, bytes: modules === 0 ? NEEDED.program : NEEDED.packages },
    { folder: go.moduleCache, bytes: modules },
  ];
  const disks = new Map<number, Demand & { free: number }>();
  for (const { folder, bytes } of demands) {
    const there = await nearest(folder);
    const { dev } = await stat(there);
    const { bavail, bsize } = await look(there);
    const before = disks.get(dev) ?? { folder, bytes: 0 };
    disks.set(dev, { ...before, bytes: before.bytes + bytes, free: bavail * bsize });
  }
  const short = [...disks.values()].find(({ bytes, free }) => free < bytes);
  if (short === undefined) return undefined;
  const needed = gigabytes(short.bytes);
  return {
    noSpace: true,
    reason: `${gigabytes(short.free)} free for ${short.folder}, and a build needs ${needed}`,
    fix: `free ${needed} there, or point XDG_CACHE_HOME, GOCACHE and GOMODCACHE to a disk that has it`,
  };
}

async function hasModule(moduleCache: string, version: string): Promise<boolean> {
  return exists(join(moduleCache, "github.com/pulumi/pulumi/pkg", `v3@v${version}`));
}

async function nearest(folder: string): Promise<string> {
  return (await exists(folder)) || folder === dirname(folder) ? folder : nearest(dirname(folder));
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function gigabytes(bytes: number): string {
  return `${(bytes / (1_000 * MB)).toFixed(1)} GB`;
}
