/** Names, times, marks and conditions of the Cloud Run fake's resources. */
import { randomBytes, randomInt } from "node:crypto";
import { denied, invalid } from "./errors";
import type { CloudContext } from "./context";

/** A condition as the v2 API answers it. */
export interface Condition {
  type: string;
  state: "CONDITION_SUCCEEDED" | "CONDITION_FAILED" | "CONDITION_RECONCILING";
  message?: string;
  lastTransitionTime: string;
  reason?: string;
  revisionReason?: string;
  executionReason?: string;
}

/** What a failed step leaves in conditions. */
export interface Failure {
  readonly message: string;
  readonly reason?: string;
  readonly revisionReason?: string;
  readonly executionReason?: string;
}

/** Now, RFC 3339 in UTC. */
export const now = () => new Date().toISOString();

/** A fresh etag, quoted as the service quotes it. */
export const newEtag = () => `"${randomBytes(12).toString("base64url")}"`;

/** A condition of `type`: succeeded without `failure`, failed with it. */
export function condition(type: string, failure?: Failure): Condition {
  return {
    type,
    state: failure === undefined ? "CONDITION_SUCCEEDED" : "CONDITION_FAILED",
    lastTransitionTime: now(),
    ...failure,
  };
}

/** A condition of `type` that is being worked on. */
export function reconciling(type: string): Condition {
  return { type, state: "CONDITION_RECONCILING", lastTransitionTime: now() };
}

/** `<service>-<number in five digits>-<three letters or digits>`, as the service names revisions. */
export function revisionName(service: string, number: number): string {
  return `${service}-${String(number).padStart(5, "0")}-${suffix(3)}`;
}

/** `length` characters of those that generated names end in. */
export function suffix(length: number): string {
  const letters = "bcdfghjklmnpqrstvwxz2456789";
  return Array.from({ length }, () => letters[randomInt(letters.length)]).join("");
}

/** `projects/p/locations/l` of a call; throws 403 for another project or region. */
export function parentOf(ctx: CloudContext, params: Readonly<Record<string, string>>): string {
  const { project = "", location = "" } = params;
  ctx.requireProject(project);
  if (location !== ctx.region) {
    throw denied(`Permission denied on 'locations/${location}' (or it may not exist).`);
  }
  return `projects/${ctx.project}/locations/${location}`;
}

/** Throws 400 for an id that the service would refuse. */
export function checkId(kind: "service" | "job", id: string): string {
  if (!/^[a-z]([-a-z0-9]{0,47}[a-z0-9])?$/.test(id)) {
    throw invalid(
      `Violation in Create${kind === "service" ? "Service" : "Job"}Request.${kind}_id: must be less than 50 characters, ` +
        "begin with a letter, hold only lower-case letters, digits and hyphens, and not end with a hyphen.",
    );
  }
  return id;
}
