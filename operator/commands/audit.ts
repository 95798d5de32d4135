import { Command } from "commander";
import type { AuditOptions } from "../audit-run";
import { examples, stackOptions } from "./options";

/** `rekey audit`: what the audit logs know of the time in which a credential was exposed. */
export function auditCommand(): Command {
  const command = stackOptions(
    new Command("audit")
      .description(
        "Print the Cloud Logging filter for reads of the secrets, new service-account keys and Cloud SQL user changes in a time of exposure; with --run, run it. Reads of secrets are logged only where Data Access audit logs of Secret Manager are on.",
      )
      .requiredOption(
        "--since <time>",
        "the beginning, UTC, such as 2026-01-31 or 2026-01-31T12:00:00Z",
      )
      .option("--until <time>", "the end, UTC (default: now)")
      .option("--secret <names...>", "these secrets only (default: all of the stack)")
      .option("--run", "ask Cloud Logging, with the stack's settings and credentials"),
  );
  return examples(command, [
    "rekey audit --since 2026-01-31 -s prod",
    "rekey audit --since 2026-01-31T12:00:00Z --until 2026-02-01 --secret SECRET_KEY --run --json -s prod",
  ]).action(async (options: AuditOptions) => {
    const { runAudit } = require("../audit-run") as typeof import("../audit-run");
    await runAudit(options);
  });
}
