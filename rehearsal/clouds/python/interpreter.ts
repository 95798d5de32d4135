import { execFile } from "node:child_process";
import { RekeyError } from "../../../operator/errors";

/** A Python interpreter on this machine. */
export interface Python {
  /** Its own name for itself: absolute, after every wrapper. */
  readonly path: string;
  /** For example `3.11.7`. */
  readonly version: string;
}

/** How a run of Python ended. */
export interface PythonRun {
  readonly code: number;
  /** Standard output and standard error. */
  readonly output: string;
}

/** What the pinned packages run on. */
const LOWEST = [3, 11] as const;
const RUN_MS = 10 * 60_000;

// Everything that pip and venv may need to reach an index behind a proxy, and nothing else: no credential of a cloud.
const PASSED =
  /^(PATH|HOME|TMPDIR|LANG|LC_\w+|XDG_\w+|PIP_\w+|SSL_\w+|REQUESTS_CA_BUNDLE|PYENV_\w+|\w+_proxy)$/i;

/**
 * The interpreter that `REKEY_PYTHON` names, or else `python3` on the PATH.
 *
 * @throws RekeyError with exit code 2 when there is none or it is older than 3.11.
 */
export async function findPython(env: NodeJS.ProcessEnv): Promise<Python> {
  const named = env.REKEY_PYTHON;
  const command = named ?? "python3";
  const script = "import sys; print(sys.executable); print('%d.%d.%d' % sys.version_info[:3])";
  const { code, output } = await runPython(command, ["-c", script], env);
  const [path, version] = output.trim().split("\n");
  if (code !== 0 || !path || !version || !/^\d+\.\d+\.\d+$/.test(version))
    throw unfit(`${command} does not run here`, named);
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major !== LOWEST[0] || minor < LOWEST[1])
    throw unfit(`${command} is Python ${version}`, named);
  return { path, version };
}

/** Runs Python to its end, at most ten minutes; a program that cannot be started counts as exit code 127. */
export function runPython(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<PythonRun> {
  const passed = Object.fromEntries(Object.entries(env).filter(([name]) => PASSED.test(name)));
  const options = { env: passed, timeout: RUN_MS, maxBuffer: 16 * 1024 * 1024 };
  return new Promise((resolve) => {
    const child = execFile(command, args, options, (error, stdout, stderr) => {
      const reason = error && typeof error.code !== "number" ? error.message : "";
      resolve({ code: error ? (child.exitCode ?? 127) : 0, output: stdout + stderr + reason });
    });
  });
}

function unfit(message: string, named: string | undefined): RekeyError {
  return new RekeyError({
    code: "no-python",
    message: `the AWS and Vault servers of the rehearsal need Python, and ${message}`,
    exitCode: 2,
    path: named === undefined ? "PATH" : "REKEY_PYTHON",
    allowed: `Python ${LOWEST.join(".")} or later`,
    fix: "install it (`apt-get install python3 python3-venv` on Debian), or name one with REKEY_PYTHON=/path/to/python3",
  });
}
