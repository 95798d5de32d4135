import { SecretText } from "../../../components/secret-text";
import type { LoadRequest } from "../../traffic";
import { answerOf } from "../probes";
import { post } from "../requests";
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

/** The status of asking for new tokens with a refresh token. */
export async function refreshStatus(url: string, token: SecretText): Promise<number> {
  const answer = await post(`${url}/api/auth/refresh`, { refresh_token: token.reveal() });
  await answer.arrayBuffer();
  return answer.status;
}

/** Asks for new tokens with a refresh token. */
export async function tryRefresh(url: string, token: SecretText): Promise<Answer> {
  return answerOf(`${url}/api/auth/refresh`, await refreshStatus(url, token));
}

/** The status of an event signed with a secret, from a simulator of its own. */
export async function webhookStatus(
  { machine, probes }: ProxpanelClouds,
  name: SenderSecret,
  secret: SecretText,
): Promise<number> {
  probes[name].setSecret(secret);
  return (await probes[name].send(hookOf(machine.url, name))).status;
}

/** Sends an event signed with a secret, from a simulator of its own. */
export async function tryWebhook(
  clouds: ProxpanelClouds,
  name: SenderSecret,
  secret: SecretText,
): Promise<Answer> {
  return answerOf(hookOf(clouds.machine.url, name), await webhookStatus(clouds, name, secret));
}

/** What clients of the panel and those who send it events ask for; `refreshToken` is that of the clients' session. */
export function requests(
  { machine: { url }, senders }: ProxpanelClouds,
  refreshToken: () => SecretText,
): LoadRequest[] {
  const hooks = (Object.keys(SENDERS) as SenderSecret[]).map((name) => {
    const to = hookOf(url, name);
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
    {
      kind: "refresh",
      url: `${url}/api/auth/refresh`,
      send: () => refreshStatus(url, refreshToken()),
    },
    ...hooks,
  ];
}

function hookOf(url: string, name: SenderSecret): string {
  return `${url}/api/webhooks/${SENDERS[name]}`;
}
