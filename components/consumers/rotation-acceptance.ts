import * as pulumi from "@pulumi/pulumi";
import { ConfigurationError } from "../errors";
import { isLoopback } from "../loopback";

/** Where a token has to be accepted before it comes into use. */
export interface AcceptedAt {
  /** Answers 2xx to a GET with `Authorization: Bearer <token>` where the token is accepted. `https:`, but for this machine's own loopback. */
  readonly url: string;
  /** How often in a row it has to be accepted there, 40 unless set, each time over a new connection: more where many pods stand behind it. */
  readonly asks?: number | undefined;
}

const ASKS = 40;
const MOST_ASKS = 1_000;

/** What the function's code is told of it: by ARN, which the service calls a secret by. */
export function acceptedAtVariable(
  acceptedAt: Readonly<Record<string, AcceptedAt>>,
  secrets: Readonly<Record<string, pulumi.Input<string>>>,
): pulumi.Output<string> {
  return pulumi.output(secrets).apply((arns) => {
    const byArn = Object.entries(acceptedAt).map(([short, { url, asks = ASKS }]) => [
      arns[short],
      { url, asks },
    ]);
    return JSON.stringify(Object.fromEntries(byArn));
  });
}

/** @throws ConfigurationError for an address that would get tokens in clear, for a secret that the function does not rotate, and with users. */
export function checkAcceptance({
  functionName,
  kind,
  secrets,
  acceptedAt = {},
}: {
  readonly functionName: string;
  readonly kind: string;
  readonly secrets: Readonly<Record<string, unknown>>;
  readonly acceptedAt?: Readonly<Record<string, AcceptedAt>>;
}): void {
  for (const [short, { url, asks = ASKS }] of Object.entries(acceptedAt)) {
    const refused = (problem: string, allowed: string, fix: string) =>
      new ConfigurationError({
        path: `rotation function ${functionName}, acceptedAt of ${short}`,
        ...{ problem, allowed, fix },
      });
    if (kind !== "token" || !(short in secrets))
      throw refused(
        "is none of the tokens that it rotates",
        "tokens only: a database is asked by a log-in",
        `remove acceptedAt of ${short}`,
      );
    const parsed = URL.canParse(url) ? new URL(url) : undefined;
    const safe =
      parsed?.protocol === "https:" ||
      (parsed?.protocol === "http:" && isLoopback(parsed.hostname));
    if (!safe || parsed.username + parsed.password !== "")
      throw refused(
        "is no address that may be sent a token",
        "an https address without credentials in it",
        "name the verifier's https address",
      );
    if (!Number.isInteger(asks) || asks < 1 || asks > MOST_ASKS)
      throw refused(
        `${asks} is no number of times`,
        `1 to ${MOST_ASKS}`,
        `leave asks out for ${ASKS}`,
      );
  }
}
