import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  writeFile,
} from "node:fs/promises";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import { z } from "zod";
import type { Located, Refusal } from "./engine";
import { isAlive } from "./lock";
import { unfit } from "./version";

const record = z.strictObject({
  version: z.string(),
  source: z.enum(["download", "build"]),
  /** Bytes of the executable: tells a whole one from one that a crash of the machine cut short. */
  size: z.number().int().positive(),
});

/** Where CLIs are kept unless told otherwise: `$XDG_CACHE_HOME/rekey/engine`, or `~/.cache/rekey/engine`. */
export function defaultCache(env: NodeJS.ProcessEnv = process.env): string {
  const given = env.XDG_CACHE_HOME;
  // The XDG specification has relative paths ignored.
  const base = given !== undefined && isAbsolute(given) ? given : join(homedir(), ".cache");
  return join(base, "rekey", "engine");
}

/**
 * The kept CLI of a version: `<cacheDir>/<version>/bin/pulumi`. Nothing is run; size, owner and version are compared with
 * the record beside it.
 *
 * @returns undefined when there is none, a refusal when there is something that cannot be trusted.
 */
export async function readCache(
  cacheDir: string,
  version: string,
): Promise<Located | Refusal | undefined> {
  const folder = join(cacheDir, version);
  const path = join(folder, "bin", "pulumi");
  const text = await absent(readFile(join(folder, "engine.json"), "utf8"));
  const file = await absent(stat(path));
  if (text === undefined && file === undefined && (await absent(stat(folder))) === undefined) {
    return undefined;
  }
  const parsed = record.safeParse(fromJson(text));
  const refuse = (what: string): Refusal => ({
    reason: `${folder} ${what}`,
    fix: `delete ${folder}`,
    unusable: true,
  });
  if (!parsed.success || file?.size !== parsed.data.size || parsed.data.version !== version) {
    return refuse("is not whole");
  }
  if (await othersMayWrite(folder)) return refuse("can be written by other users");
  const misfit = unfit(version);
  return misfit === undefined ? { version, source: parsed.data.source, path } : refuse(misfit);
}

/**
 * Fills the cache for one version, all or nothing: `make` puts the CLI into `bin/pulumi` of a folder of its own, which takes the
 * version's name when it is complete. What an ended process left half-done is removed first.
 *
 * @throws whatever `make` throws, after its folder was removed.
 */
export async function fillCache<Failed>(
  cacheDir: string,
  entry: { version: string; source: "download" | "build" },
  make: (folder: string) => Promise<Failed | undefined>,
): Promise<Located | Failed> {
  await mkdir(cacheDir, { recursive: true, mode: 0o700 });
  await sweep(cacheDir);
  const staging = await mkdtemp(join(cacheDir, `.partial-${process.pid}-`));
  try {
    await mkdir(join(staging, "bin"), { mode: 0o700 });
    const failed = await make(staging);
    if (failed !== undefined) return failed;
    const program = join(staging, "bin", "pulumi");
    await chmod(program, 0o755);
    const { size } = await stat(program);
    await writeFile(join(staging, "engine.json"), `${JSON.stringify({ ...entry, size })}\n`);
    const folder = join(cacheDir, entry.version);
    // Whoever holds the lock has found what is there unusable.
    await rm(folder, { recursive: true, force: true });
    await rename(staging, folder);
    return { ...entry, path: join(folder, "bin", "pulumi") };
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

async function sweep(cacheDir: string): Promise<void> {
  for (const name of await readdir(cacheDir)) {
    const pid = /^\.partial-(\d+)-/.exec(name)?.[1];
    if (pid === undefined || isAlive(Number(pid))) continue;
    await rm(join(cacheDir, name), { recursive: true, force: true });
  }
}

async function othersMayWrite(folder: string): Promise<boolean> {
  const { uid, mode } = await stat(folder);
  const own = process.getuid?.() ?? uid;
  return (uid !== own && uid !== 0) || (mode & 0o022) !== 0;
}

async function absent<Result>(reading: Promise<Result>): Promise<Result | undefined> {
  return reading.catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return undefined;
    throw error;
  });
}

function fromJson(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch (error) {
    // A record that was cut short is the same as none.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
