import { AT_REST } from "../components/rotation";
import { auditFilter, exposure } from "./audit";
import { RekeyError } from "./errors";
import type { LogEntry } from "./google";
import { createProgress, printJson, printText, table } from "./output";
import { OpenProject, Whereabouts, openProject } from "./project";
import { choose } from "./selection";
import { lineWidth } from "./status";

/** The options of `rekey audit`. */
export interface AuditOptions extends Whereabouts {
  readonly since: string;
  readonly until?: string;
  readonly secret?: readonly string[];
  readonly run?: boolean;
  readonly json?: boolean;
}

/** One event of the audit logs. */
interface Event {
  readonly at: string;
  readonly method: string;
  readonly resource: string;
  readonly who: string;
  readonly from: string;
}

/** Prints the filter and, with `--run`, what Cloud Logging has for it. */
export async function runAudit(options: AuditOptions): Promise<void> {
  const open = await openProject(options);
  const names = options.secret ?? [];
  const secrets = choose(
    open.secrets,
    new Map(open.secrets.map(({ name }) => [name, AT_REST])),
    "stage",
    {
      names,
      all: names.length === 0,
    },
  );
  const window = exposure(options.since, options.until, new Date());
  const filter = auditFilter(secrets, window);
  if (filter === undefined)
    throw RekeyError.usage({
      message: "none of these secrets is kept in Google Cloud",
      path: "--secret",
      allowed: "secrets in Google Secret Manager: `rekey status` shows where each is kept",
      fix: "name such a secret, or leave --secret out",
    });
  const events = options.run === true ? await ask(open, filter) : undefined;
  const { stack } = open;
  if (options.json)
    return printJson({
      stack,
      secrets: secrets.map(({ name }) => name),
      ...window,
      filter,
      ...(events ? { events } : {}),
    });
  if (events === undefined) return printText(filter);
  await printText(events.length === 0 ? "No event." : table(events, COLUMNS, lineWidth()));
}

const COLUMNS = (["at", "method", "resource", "who", "from"] as const).map((field) => ({
  title: field.toUpperCase(),
  value: (event: Event) => event[field],
}));

/**
 * @throws RekeyError (exit 2) for a wrong passphrase, or settings that name no project; (exit 1) where Cloud Logging does not answer.
 */
async function ask(open: OpenProject, filter: string): Promise<Event[]> {
  const progress = createProgress();
  const { findEngine } = require("../engine") as typeof import("../engine");
  const { explain } = require("./engine-errors") as typeof import("./engine-errors");
  const { openStack } = require("./workspace") as typeof import("./workspace");
  const { googleOfStack } = require("./google-of-stack") as typeof import("./google-of-stack");
  try {
    const { command } = await findEngine({ progress });
    progress.step("asking Cloud Logging");
    const place = { cwd: open.cwd, stack: open.stack, command };
    const config = await openStack(place)
      .then(({ stack }) => stack.getAllConfig())
      .catch((error: unknown) => {
        throw explain(error, { place, observed: { messages: [] }, mistake: undefined });
      });
    const project = config["gcp:project"]?.value;
    if (project === undefined)
      throw new RekeyError({
        code: "configuration",
        exitCode: 2,
        message: "the stack names no Google Cloud project",
        path: "gcp:project",
        allowed: "the project's id",
        fix: `pulumi config set gcp:project <project> -s ${open.stack}`,
      });
    return (await googleOfStack(config).logging.listEntries(project, filter)).map(eventOf);
  } finally {
    progress.end();
  }
}

function eventOf({ timestamp, protoPayload }: LogEntry): Event {
  return {
    at: timestamp ?? "",
    method: protoPayload?.methodName ?? "",
    resource: protoPayload?.resourceName ?? "",
    who: protoPayload?.authenticationInfo?.principalEmail ?? "",
    from: protoPayload?.requestMetadata?.callerIp ?? "",
  };
}
