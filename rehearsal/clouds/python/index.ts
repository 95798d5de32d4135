/**
 * Python programs that the rehearsal needs, each in a virtual environment of its own. It is made on first use from a committed
 * requirements file in which every file is pinned by its hash, and kept per user.
 */
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, isAbsolute, join } from "node:path";
import { withLock } from "../../../engine/lock";
import { RekeyError } from "../../../operator/errors";
import { type Progress, silent } from "../../../operator/progress";
import { findPython, type Python, runPython } from "./interpreter";

/** A program from a Python package. */
export interface PythonToolOptions {
  /** What messages and the cache's folder call it: lower-case letters, digits and `-`. */
  readonly name: string;
  /** The requirements file, absolute: every line pinned, every file with its hash. */
  readonly requirements: string;
  /** Where environments are kept. Default: `$XDG_CACHE_HOME/rekey/python`, or `~/.cache/rekey/python`. */
  readonly cacheDir?: string;
  /** Says so while an environment is made, which takes seconds and needs the network. Default: nothing is said. */
  readonly progress?: Progress;
  /** Where `PATH`, `REKEY_PYTHON` and pip's own settings come from. Default: the process's environment. */
  readonly env?: NodeJS.ProcessEnv;
}

const READY = "rekey-ready";
const UNUSED_MS = 90 * 24 * 3600 * 1000;

/**
 * The folder with the tool's programs (`<bin>/python`, `<bin>/<tool>`). A half-made environment, after a kill, is made anew; one
 * that no requirements file asked for in 90 days is removed.
 *
 * @throws RekeyError with exit code 2 where there is no fitting Python, or when the files cannot be had or have other hashes.
 */
export async function pythonTool(options: PythonToolOptions): Promise<string> {
  const { name, requirements, progress = silent, env = process.env } = options;
  const cacheDir = options.cacheDir ?? defaultCache(env);
  const python = await findPython(env);
  const wanted = await readFile(requirements, "utf8");
  const folder = join(cacheDir, `${name}-${keyOf(wanted, python)}`);
  const bin = join(folder, "bin");
  if (await isReady(folder)) return bin;
  await mkdir(cacheDir, { recursive: true, mode: 0o700 });
  await withLock(
    `${folder}.lock`,
    async () => {
      if (await isReady(folder)) return;
      progress.step(`${name}: making its Python environment (once)`);
      try {
        // Scripts in it hold its absolute path, so it is made in place; the marker, written last, says that it is whole.
        await rm(folder, { recursive: true, force: true });
        await make(folder, python, options, env);
      } finally {
        progress.end();
      }
      await removeUnused(cacheDir, name, basename(folder));
    },
    { onWait: ({ pid }) => progress.step(`${name}: waiting for process ${pid} to make it`) },
  );
  return bin;
}

function defaultCache(env: NodeJS.ProcessEnv): string {
  const given = env.XDG_CACHE_HOME;
  const base = given !== undefined && isAbsolute(given) ? given : join(homedir(), ".cache");
  return join(base, "rekey", "python");
}

function keyOf(requirements: string, { path, version }: Python): string {
  const parts = [requirements, path, version, process.platform, process.arch];
  return createHash("sha256").update(parts.join("\0")).digest("hex").slice(0, 16);
}

async function isReady(folder: string): Promise<boolean> {
  const now = new Date();
  return utimes(join(folder, READY), now, now).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return false;
      throw error;
    },
  );
}

async function make(
  folder: string,
  python: Python,
  { name, requirements }: PythonToolOptions,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  // Copying pip into an environment takes most of the time that making one does, so the interpreter's own is used where it can.
  const ownPip = await hasPip(python, env);
  const made = await runPython(
    python.path,
    ["-m", "venv", ...(ownPip ? ["--without-pip"] : []), folder],
    env,
  );
  if (made.code !== 0)
    throw refused(name, "its virtual environment cannot be made", made.output, VENV_FIX);
  const interpreter = join(folder, "bin", "python");
  const installed = await runPython(
    ownPip ? python.path : interpreter,
    ["-m", "pip", ...(ownPip ? ["--python", interpreter] : []), ...INSTALL, "-r", requirements],
    env,
  );
  if (installed.code !== 0)
    throw refused(name, "its packages cannot be installed", installed.output, PIP_FIX);
  await writeFile(join(folder, READY), `${basename(requirements)}\n`);
}

const INSTALL = [
  "install",
  "--quiet",
  "--no-input",
  "--disable-pip-version-check",
  "--require-hashes",
  "--only-binary=:all:",
  "--no-deps",
];
/** The first pip that installs into another environment (`--python`). */
const PIP = [22, 3] as const;

async function hasPip(python: Python, env: NodeJS.ProcessEnv): Promise<boolean> {
  const { code, output } = await runPython(python.path, ["-m", "pip", "--version"], env);
  const [, major, minor] = /^pip (\d+)\.(\d+)/.exec(output) ?? [];
  const newer = Number(major) - PIP[0] || Number(minor) - PIP[1];
  return code === 0 && newer >= 0;
}

const VENV_FIX =
  "install Python's venv module (`python3-venv` on Debian), or name another Python with REKEY_PYTHON";
const PIP_FIX =
  "check that `pip download` works here (index, proxy, certificates), then run the command again";

function refused(name: string, what: string, output: string, fix: string): RekeyError {
  const last = output.trim().split("\n").slice(-3).join(" ").slice(-400);
  return new RekeyError({
    code: "python-environment",
    message: `${name}: ${what}: ${last}`,
    exitCode: 2,
    allowed: "the pinned files with the hashes of the requirements file",
    fix,
  });
}

async function removeUnused(cacheDir: string, name: string, own: string): Promise<void> {
  const siblings = (await readdir(cacheDir)).filter(
    (entry) => /-[0-9a-f]{16}$/.test(entry) && entry.startsWith(`${name}-`) && entry !== own,
  );
  for (const entry of siblings) {
    const used = await stat(join(cacheDir, entry, READY)).catch((error: NodeJS.ErrnoException) => {
      // Without the marker another process may be making it right now.
      if (error.code === "ENOENT") return undefined;
      throw error;
    });
    if (used === undefined || Date.now() - used.mtimeMs < UNUSED_MS) continue;
    await rm(join(cacheDir, entry), { recursive: true, force: true });
  }
}
