/**
 * Audit log entries of the fake, in the form of `google.cloud.audit.AuditLog`: who read which secret and who made which key.
 * They hold names only. Unlike a real project, Data Access entries are recorded without an `auditConfigs` in the project's policy.
 */
import { randomUUID } from "node:crypto";

import type { Caller } from "./router";

/** What happened, before it is an entry. */
export interface AuditEvent {
  /** `secretmanager.googleapis.com`, `iam.googleapis.com`. */
  readonly serviceName: string;
  /** Full name of the RPC, for instance `google.cloud.secretmanager.v1.SecretManagerService.AccessSecretVersion`. */
  readonly methodName: string;
  /** Full resource name, for instance `projects/123456789012/secrets/x/versions/1`. */
  readonly resourceName: string;
  /** `data_access` for reads, `activity` for changes. */
  readonly log: "data_access" | "activity";
  /** Who called: an IAM member, and the key that proved it where one did. */
  readonly caller: Pick<Caller, "member" | "keyName">;
  /** The error of a refused call. */
  readonly status?: { code: number; message: string };
}

/** One entry as `entries:list` answers it. */
export interface AuditEntry {
  logName: string;
  insertId: string;
  timestamp: string;
  receiveTimestamp: string;
  severity: "INFO" | "NOTICE" | "ERROR";
  resource: { type: "audited_resource"; labels: Record<string, string> };
  protoPayload: {
    "@type": "type.googleapis.com/google.cloud.audit.AuditLog";
    serviceName: string;
    methodName: string;
    resourceName: string;
    authenticationInfo: { principalEmail: string; serviceAccountKeyName?: string };
    requestMetadata: { callerIp: string };
    status: { code?: number; message?: string };
  };
}

/** Most entries kept; the oldest go first. */
const LIMIT = 20_000;

/** The project's audit log, oldest entry first. */
export class AuditLog {
  private readonly entries: AuditEntry[] = [];

  constructor(private readonly project: string) {}

  /** Adds an entry with the time of now. */
  record(event: AuditEvent): void {
    const { serviceName, methodName, resourceName, log, caller, status } = event;
    const now = new Date().toISOString();
    const severity = status ? "ERROR" : log === "activity" ? "NOTICE" : "INFO";
    this.entries.push({
      logName: `projects/${this.project}/logs/cloudaudit.googleapis.com%2F${log}`,
      insertId: randomUUID(),
      timestamp: now,
      receiveTimestamp: now,
      severity,
      resource: {
        type: "audited_resource",
        labels: { project_id: this.project, service: serviceName, method: methodName },
      },
      protoPayload: {
        "@type": "type.googleapis.com/google.cloud.audit.AuditLog",
        serviceName,
        methodName,
        resourceName,
        authenticationInfo: {
          principalEmail: caller.member.replace(/^\w+:/, ""),
          ...(caller.keyName === undefined
            ? {}
            : { serviceAccountKeyName: `//iam.googleapis.com/${caller.keyName}` }),
        },
        requestMetadata: { callerIp: "127.0.0.1" },
        status: status ?? {},
      },
    });
    if (this.entries.length > LIMIT) this.entries.shift();
  }

  /** Every entry kept, oldest first. */
  list(): readonly AuditEntry[] {
    return this.entries;
  }
}
