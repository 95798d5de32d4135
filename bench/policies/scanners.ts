import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A tool that reads texts, and the cells in whose files it found something. */
export interface Scanned {
  readonly tool: string;
  readonly found: ReadonlySet<string>;
}

const MEGABYTES = 1 << 20;

/** Runs gitleaks over a folder, with the rules that it comes with. */
export function gitleaks(binary: string, folder: string): Scanned {
  const scratch = mkdtempSync(join(tmpdir(), "rekey-bench-"));
  try {
    const report = join(scratch, "report.json");
    const args = [
      "dir",
      folder,
      "--no-banner",
      "--exit-code",
      "0",
      "--report-format",
      "json",
      "--report-path",
      report,
    ];
    run(binary, args, folder);
    const findings = JSON.parse(readFileSync(report, "utf8")) as { File: string }[];
    return { tool: "gitleaks 8.30.1", found: cellsIn(findings.map(({ File }) => File)) };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Runs detect-secrets over a folder, with all its plug-ins. */
export function detectSecrets(binary: string, folder: string): Scanned {
  const said = run(binary, ["scan", "--all-files", "."], folder);
  const { results } = JSON.parse(said) as { results: Record<string, unknown[]> };
  return { tool: "detect-secrets 1.5.0", found: cellsIn(Object.keys(results)) };
}

function run(command: string, args: readonly string[], cwd: string): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd,
    encoding: "utf8",
    maxBuffer: 512 * MEGABYTES,
  });
  if (error) throw new Error(`${command} could not be started: ${error.message}`);
  if (status !== 0)
    throw new Error(`${command} failed (exit code ${status}): ${stderr.slice(-400)}`);
  return stdout;
}

function cellsIn(files: readonly string[]): ReadonlySet<string> {
  return new Set(files.flatMap((file) => /cell-\d{5}/.exec(file)?.[0] ?? []));
}
