import { access, constants, mkdir, readFile, realpath, stat } from "node:fs/promises";
import { delimiter, isAbsolute, join } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { z } from "zod";
import type { Located, Refusal } from "./engine";
import { run } from "./run";
import { OLDEST, parseVersion, unfit } from "./version";

const DEADLINE_MS = 20_000;
/** Under this size it is a shim (asdf, mise, a wrapper), whose version changes while the file stays as it is. */
const SHIM_BYTES = 1_000_000;

const shape = z.record(z.string(), z.object({ mark: z.string(), version: z.string() }));
type Versions = z.infer<typeof shape>;

/**
 * The first `pulumi` on PATH that rekey works with; older ones are skipped. What `pulumi version` printed is kept in
 * `<cacheDir>/versions.json` for as long as the file stays the same, because asking takes half a second.
 */
export async function findOnPath(
  cacheDir: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Located | Refusal> {
  const skipped: string[] = [];
  for (const path of await programs("pulumi", env)) {
    const version = await versionOf(path, cacheDir, env);
    const misfit = version === undefined ? "does not tell its version" : unfit(version);
    if (version !== undefined && misfit === undefined) return { version, source: "path", path };
    skipped.push(`${path} ${misfit}`);
  }
  return {
    reason: skipped.length > 0 ? skipped.join(", ") : "no `pulumi` there",
    fix: `install the Pulumi CLI ${OLDEST} or later and put it on PATH`,
    unusable: skipped.length > 0,
  };
}

/** Every executable of this name in the folders of PATH, in their order, absolute. */
export async function programs(name: string, env: NodeJS.ProcessEnv): Promise<string[]> {
  const folders = (env.PATH ?? "").split(delimiter).filter(isAbsolute);
  const paths = [...new Set(folders)].map((folder) => join(folder, name));
  const usable = await Promise.all(paths.map(isProgram));
  return paths.filter((_, index) => usable[index]);
}

async function isProgram(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    async () => (await stat(path)).isFile(),
    () => false,
  );
}

async function versionOf(
  path: string,
  cacheDir: string,
  env: NodeJS.ProcessEnv,
): Promise<string | undefined> {
  const real = await realpath(path);
  const { size, mtimeMs, ino } = await stat(real);
  const mark = `${size} ${mtimeMs} ${ino}`;
  const known = await readVersions(cacheDir);
  if (known[real]?.mark === mark) return known[real].version;
  const { code, stdout } = await run(path, ["version"], {
    env: { ...env, PULUMI_SKIP_UPDATE_CHECK: "true" },
    deadlineMs: DEADLINE_MS,
  });
  const version = code === 0 ? parseVersion(stdout) : undefined;
  if (version !== undefined && size >= SHIM_BYTES) {
    await writeVersions(cacheDir, { ...known, [real]: { mark, version } });
  }
  return version;
}

async function readVersions(cacheDir: string): Promise<Versions> {
  try {
    const parsed = shape.safeParse(
      JSON.parse(await readFile(join(cacheDir, "versions.json"), "utf8")),
    );
    return parsed.success ? parsed.data : {};
  } catch (error) {
    // None yet, none readable, or cut short: asking the program tells the same.
    const expected = error instanceof SyntaxError || "code" in (error as NodeJS.ErrnoException);
    if (expected) return {};
    throw error;
  }
}

async function writeVersions(cacheDir: string, versions: Versions): Promise<void> {
  try {
    await mkdir(cacheDir, { recursive: true, mode: 0o700 });
    await writeFileAtomic(join(cacheDir, "versions.json"), JSON.stringify(versions));
  } catch (error) {
    // Only speed is lost where the cache cannot be written, and a CLI on PATH needs no cache.
    if (!("code" in (error as NodeJS.ErrnoException))) throw error;
  }
}
