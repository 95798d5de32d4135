import { SecretText } from "../../../components/secret-text";
import type { LoadRequest } from "../../traffic";
import type { Answer } from "../system";
import { SENDERS, SenderSecret, type ProxpanelClouds } from "./clouds";

/** The first administrator of the panel. */
export const ADMIN = "admin";

/** The tokens of a session. */
export interface Tokens {
  readonly access: SecretText;
  readonly refresh: SecretText;
}

/** Logs in; `refused` for a wrong password. */
export async function logIn(url: string, password: SecretText): Promise<Tokens | "refused"> {
  const answer = await post(`${url}/api/auth/login`, {
    username: ADMIN,
    password: password.reveal(),
  });
  if (answer.status === 401) return "refused";
  if (answer.status !== 200) throw new Error(`the panel's log-in answered ${answer.status}`);
  const { access_token, refresh_token } = (await answer.json()) as Record<string, string>;
  return {
    access: new SecretText(access_token ?? ""),
    refresh: new SecretText(refresh_token ?? ""),
  };
}

/** Asks for new tokens with a refresh token. */
export async function tryRefresh(url: string, token: SecretText): Promise<Answer> {
  const answer = await post(`${url}/api/auth/refresh`, { refresh_token: token.reveal() });
  await answer.arrayBuffer();
  return answered(`${url}/api/auth/refresh`, answer.status);
}

/** Sends an event signed with a secret, from a simulator of its own. */
export async function tryWebhook(
  { machine, probes }: ProxpanelClouds,
  name: SenderSecret,
  secret: SecretText,
): Promise<Answer> {
  probes[name].setSecret(secret);
  const address = `${machine.url}/api/webhooks/${SENDERS[name]}`;
  return answered(address, (await probes[name].send(address)).status);
}

/** What clients of the panel and those who send it events ask for. */
export function requests({ machine: { url }, senders }: ProxpanelClouds): LoadRequest[] {
  const hooks = (Object.keys(SENDERS) as SenderSecret[]).map((name) => {
    const to = `${url}/api/webhooks/${SENDERS[name]}`;
    return {
      kind: SENDERS[name],
      url: to,
      send: async () => (await senders[name].send(to)).status,
    };
  });
  return [
    { kind: "health", url: `${url}/api/health` },
    ...["/profile", "/rbac", "/system", "/audit-logs"].map((page) => ({
      kind: page.slice(1),
      url: url + page,
      signed: true,
    })),
    ...hooks,
  ];
}

function answered(address: string, status: number): Answer {
  if (status === 200) return "accepted";
  if (status === 401) return "refused";
  throw new Error(`${address} answered ${status}: neither accepted nor refused`);
}

function post(url: string, body: Readonly<Record<string, string>>): Promise<Response> {
  return fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(10_000),
  });
}
