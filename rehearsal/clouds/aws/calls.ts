import type { IncomingMessage } from "node:http";
import type { Fault } from "../fault-proxy";

/** Names a call to AWS for the fault proxy: `secretsmanager.PutSecretValue`, `AttachRolePolicy`, or method and path. */
export function awsCall({ headers, method = "", url = "" }: IncomingMessage, body: Buffer): string {
  const target = headers["x-amz-target"];
  if (typeof target === "string") return target;
  const form = headers["content-type"]?.startsWith("application/x-www-form-urlencoded");
  const action = form ? new URLSearchParams(body.toString("utf8")).get("Action") : null;
  return action ?? `${method} ${url.split("?")[0]}`;
}

/** The calls that count against Secrets Manager's write quota (50 a second in a region), as its page of quotas lists them. */
export const SECRET_WRITES =
  /^secretsmanager\.(PutSecretValue|UpdateSecret|UpdateSecretVersionStage|RemoveRegionsFromReplication|ReplicateSecretToRegions|StopReplicationToReplica)$/;

/** Every call that changes something in Secrets Manager. */
export const SECRET_CHANGES =
  /^secretsmanager\.(Put|Update|Create|Delete|Tag|Untag|Rotate|Cancel|Remove|Replicate|Restore|Stop)/;

const JSON_TYPE = { "content-type": "application/x-amz-json-1.1" };

/** What Secrets Manager answers when something is wrong with it, by kind. */
export const AWS_FAULTS = {
  serverError: {
    kind: "answer",
    status: 500,
    headers: JSON_TYPE,
    body: JSON.stringify({
      __type: "InternalServiceError",
      Message: "An error occurred on the server side.",
    }),
  },
  throttled: {
    kind: "answer",
    status: 400,
    headers: JSON_TYPE,
    body: JSON.stringify({ __type: "ThrottlingException", message: "Rate exceeded" }),
  },
  timeout: { kind: "timeout" },
  reset: { kind: "reset" },
} as const satisfies Record<string, Fault>;
