import { allPages } from "./operations";
import type { Transport } from "./transport";

/** An entry of Cloud Logging; audit entries carry `protoPayload`. */
export interface LogEntry {
  logName?: string;
  timestamp?: string;
  insertId?: string;
  resource?: { type?: string; labels?: Record<string, string> };
  protoPayload?: {
    methodName?: string;
    resourceName?: string;
    serviceName?: string;
    authenticationInfo?: { principalEmail?: string };
    requestMetadata?: { callerIp?: string };
    status?: { code?: number; message?: string };
  };
}

/** Cloud Logging v2: reading entries. */
export class Logging {
  constructor(
    private readonly transport: Transport,
    private readonly base: string,
  ) {}

  /** Every entry that `filter` (Google's logging query language) matches, oldest first. */
  listEntries(project: string, filter: string): Promise<LogEntry[]> {
    const resource = `projects/${project}`;
    return allPages(async (pageToken) => {
      const page = await this.transport.send<{ entries?: LogEntry[]; nextPageToken?: string }>({
        service: "logging",
        method: "entries.list",
        resource,
        verb: "POST",
        url: `${this.base}entries:list`,
        body: {
          resourceNames: [resource],
          filter,
          orderBy: "timestamp asc",
          pageSize: 500,
          pageToken,
        },
      });
      return { items: page.entries ?? [], next: page.nextPageToken };
    });
  }
}
