/** Structured logs: one JSON object a line on standard output, as Cloud Logging reads them. Callers pass names and numbers, never a value. */

/** Severities of Cloud Logging that the application uses. */
export type Severity = "INFO" | "WARNING" | "ERROR";

/** Writes one line. `fields` must hold no secret. */
export function log(severity: Severity, message: string, fields: Record<string, unknown> = {}) {
  const revision = process.env["K_REVISION"];
  const line = { severity, time: new Date().toISOString(), message, ...fields, revision };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
