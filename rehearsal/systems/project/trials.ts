import { createHmac, randomBytes } from "node:crypto";
import { SignJWT } from "jose";
import type { SecretText } from "../../../components/secret-text";
import { tryBearer, tryDatabase } from "../probes";
import type { Answer, Trial } from "../system";
import { DATABASE, ProjectClouds } from "./clouds";
import { urlOf } from "./cluster";
import { sessionOf } from "./load";
import { oldSubscriptionStatus, subscriptionTrial } from "./push";
import { post } from "../requests";

type ProjectTrial = Trial<ProjectClouds>;

/** How each secret of project is tried. */
export const TRIALS: Readonly<Record<string, ProjectTrial>> = {
  JWT_SECRET: {
    what: "a session's token at /api/me",
    attempt: ({ clouds }, { signed }) => {
      if (!signed) throw new Error("no token is held");
      return tryBearer(`${urlOf(clouds, "backend")}/api/me`, signed);
    },
  },
  DELEGATION_JWT_SECRET: {
    what: "a delegation at the agents, signed with the key",
    attempt: async ({ clouds }, { value }) =>
      tryBearer(`${urlOf(clouds, "agents")}/delegation`, await delegation(value)),
  },
  POSTGRES_PASSWORD: {
    what: `log-in to the database ${DATABASE} (SCRAM-SHA-256)`,
    attempt: ({ clouds: { postgres } }, { username, value: password }) => {
      const { host, port } = postgres;
      return tryDatabase({ host, port, database: DATABASE, user: String(username), password });
    },
  },
  ENCRYPTION_KEY: {
    what: "rows of email_connections",
    attempt: () =>
      Promise.resolve({
        notApplicable:
          "a keyring opens data, not doors: what counts is that every row opens and none needs a retired key",
      }),
  },
  OPENROUTER_API_KEY: {
    what: "a request to the issuer's API",
    attempt: ({ clouds }, { value }) => tryBearer(`${clouds.openrouter.url}/api/v1/key`, value),
  },
  GMAIL_CLIENT_SECRET: {
    what: "the exchange of a code at the issuer's token endpoint",
    attempt: async ({ clouds: { google } }, { value }) => {
      const form = {
        grant_type: "authorization_code",
        code: google.code(),
        client_id: google.clientId,
        client_secret: value.reveal(),
      };
      const body = new URLSearchParams(form);
      const signal = AbortSignal.timeout(5_000);
      const answer = await fetch(`${google.url}/token`, { method: "POST", body, signal });
      return verdict(answer, { accepted: 200, refused: 401 });
    },
  },
  GMAIL_CLIENT_ID: {
    what: "the id of the Gmail client",
    attempt: () =>
      Promise.resolve({ notApplicable: "an id is public and opens nothing without its secret" }),
  },
  GMAIL_STATE_SECRET: {
    what: "the end of a Gmail connection whose state is signed with the secret",
    attempt: async ({ clouds }, { value }) => {
      const url = urlOf(clouds, "backend");
      const session = await sessionOf(clouds);
      const me = (await (await fetch(`${url}/api/me`, { headers: session })).json()) as {
        id: number;
      };
      const body = { state: stateOf(me.id, value), code: clouds.google.code() };
      const answer = await post(`${url}/api/gmail/callback`, body, session);
      return verdict(answer, { accepted: 201, refused: 401 });
    },
  },
  VAPID_PRIVATE_KEY: { ...subscriptionTrial, status: oldSubscriptionStatus },
  VAPID_PUBLIC_KEY: subscriptionTrial,
  MEILI_API_KEY: {
    what: "a request to search",
    attempt: async ({ clouds }, { value }) => {
      const headers = { authorization: `Bearer ${value.reveal()}` };
      const answer = await fetch(`${urlOf(clouds, "search")}/stats`, { headers });
      return verdict(answer, { accepted: 200, refused: 403 });
    },
  },
  OPENCLAW_GATEWAY_TOKEN: {
    what: "a request to the agents' gateway",
    attempt: ({ clouds }, { value }) => tryBearer(`${urlOf(clouds, "agents")}/gateway`, value),
  },
};

/** Any other answer than these two says nothing. */
async function verdict(
  answer: Response,
  { accepted, refused }: { readonly accepted: number; readonly refused: number },
): Promise<Answer> {
  await answer.arrayBuffer();
  if (answer.status === accepted) return "accepted";
  if (answer.status === refused) return "refused";
  throw new Error(`${answer.url} answered ${answer.status}: neither accepted nor refused`);
}

/** What whoever has the key can make of it. */
async function delegation(key: SecretText): Promise<SecretText> {
  const token = await new SignJWT()
    .setProtectedHeader({ alg: "HS256" })
    .setSubject("1")
    .setExpirationTime("60s")
    .sign(new TextEncoder().encode(key.reveal()));
  return key.map(() => token);
}

function stateOf(user: number, key: SecretText): string {
  const text = `${user}.${Date.now() + 60_000}.${randomBytes(16).toString("base64url")}`;
  const mac = createHmac("sha256", key.reveal()).update(`gmail-state=${text}`).digest("base64url");
  return `${text}.${mac}`;
}
