import type { IncomingMessage } from "node:http";
import { awsCall } from "../../clouds/aws/calls";

/** Names a call to AWS with the secret that it is about, such as `secretsmanager.PutSecretValue project/prod/jwt-secret`. */
export function namedCall(request: IncomingMessage, body: Buffer): string {
  const call = awsCall(request, body);
  if (!call.startsWith("secretsmanager.")) return call;
  const { SecretId: id, Name: name } = JSON.parse(body.toString("utf8")) as Record<string, unknown>;
  const named = typeof id === "string" ? id : name;
  return typeof named === "string" ? `${call} ${plainName(named)}` : call;
}

/** A secret's name, also from its ARN, which has six characters of the service's own at its end. */
function plainName(id: string): string {
  return /^arn:.*:secret:(.+)-\w{6}$/.exec(id)?.[1] ?? id;
}

/** Every call that writes a value or moves a label. */
export const VALUE_WRITES =
  /^secretsmanager\.(PutSecretValue|UpdateSecret|UpdateSecretVersionStage) /;
