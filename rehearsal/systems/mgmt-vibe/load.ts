import { randomBytes } from "node:crypto";
import { SecretText } from "../../../components/secret-text";
import type { LoadRequest } from "../../traffic";
import { answerOf } from "../probes";
import { post } from "../requests";
import type { Answer } from "../system";

/** The account of the rehearsal's clients. */
export const EMAIL = "user@example.com";
/** The account is the rehearsal's own and gone with it. */
const PASSWORD = new SecretText(randomBytes(18).toString("base64url"));

/** Signs the rehearsal's account up, once; fine to repeat. */
export async function account(url: string): Promise<void> {
  const { status } = await post(`${url}/api/accounts`, {
    email: EMAIL,
    password: PASSWORD.reveal(),
  });
  if (status !== 201 && status !== 409) throw new Error(`signing up answered ${status}`);
}

/** Logs in and gives the cookie of the session, as `name=value`. */
export async function cookieOf(url: string): Promise<SecretText> {
  await account(url);
  const answer = await post(`${url}/api/login`, { email: EMAIL, password: PASSWORD.reveal() });
  const [cookie] = answer.headers.get("set-cookie")?.split(";") ?? [];
  if (answer.status !== 200 || cookie === undefined)
    throw new Error(`the traffic's log-in answered ${answer.status}`);
  return new SecretText(cookie);
}

/** The status of a page that only a session sees. */
export async function cookieStatus(address: string, cookie: SecretText): Promise<number> {
  const answer = await fetch(address, {
    headers: { cookie: cookie.reveal() },
    signal: AbortSignal.timeout(5_000),
  });
  await answer.arrayBuffer();
  return answer.status;
}

/** Asks a page that only a session sees. 401 is a refusal; any other answer but 200 is an error. */
export async function tryCookie(address: string, cookie: SecretText): Promise<Answer> {
  return answerOf(address, await cookieStatus(address, cookie));
}

/** What clients of mgmt-vibe ask for: sessions, encrypted mailbox tokens written and read, payments, completions. */
export async function requests(
  url: string,
  session: Readonly<Record<string, string>>,
): Promise<LoadRequest[]> {
  const made = await post(`${url}/api/connections`, mailbox(0), session);
  const { id } = (await made.json()) as { id: number };
  const write = { method: "POST", signed: true } as const;
  return [
    { kind: "health", url: `${url}/api/health` },
    { kind: "page", url: `${url}/api/me`, signed: true },
    {
      ...write,
      kind: "encrypt",
      url: `${url}/api/connections`,
      body: (number) => JSON.stringify(mailbox(number)),
    },
    { kind: "decrypt", url: `${url}/api/connections/${id}/check`, signed: true },
    {
      ...write,
      kind: "pay",
      url: `${url}/api/pay`,
      body: () => JSON.stringify({ amount: 100, currency: "eur" }),
    },
    {
      ...write,
      kind: "complete",
      url: `${url}/api/complete`,
      body: (number) => JSON.stringify({ prompt: `question ${number}` }),
    },
  ];
}

function mailbox(number: number): Record<string, string> {
  return {
    address: `user${number}@example.com`,
    access_token: `access ${number}`,
    refresh_token: `refresh ${number}`,
  };
}
