import { scrub } from "../operator/errors";

const LONGEST = 300;

/** What an error says, in one short line fit for a message: the system's code where there is one. */
export function said(error: unknown): string {
  if (!(error instanceof Error)) return "no reason given";
  // `fetch` says no more than that it failed; the reason is in the cause.
  const { cause } = error as { cause?: NodeJS.ErrnoException };
  return short(cause?.code ?? cause?.message ?? error.message);
}

/** What the `go` command complains of, in one short line: the complaint itself, not what it fetched or compiled. */
export function complaint(lines: readonly string[]): string {
  const full = lines.find((line) => line.includes("no space left on device"));
  if (full !== undefined) return "no space left on the disk";
  const told = lines.filter((line) => /\s/.test(line) && !/^(go: downloading|#) /.test(line));
  return short(told[0] ?? "it did not say why");
}

/** True for an error of the system (`ENOSPC`, `EACCES`…), as opposed to a mistake in this program. */
export function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && typeof (error as NodeJS.ErrnoException).code === "string";
}

function short(text: string): string {
  const line = scrub(text);
  return line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line;
}
