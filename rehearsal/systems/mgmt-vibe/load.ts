import { randomBytes } from "node:crypto";
import { SecretText } from "../../../components/secret-text";
import type { LoadRequest } from "../../traffic";
import type { Answer } from "../system";

const EMAIL = "user@example.com";
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

/** Asks a page that only a session sees. */
export async function tryCookie(address: string, cookie: SecretText): Promise<Answer> {
  const answer = await fetch(address, {
    headers: { cookie: cookie.reveal() },
    signal: AbortSignal.timeout(5_000),
  });
  await answer.arrayBuffer();
  if (answer.status === 200) return "accepted";
  if (answer.status === 401) return "refused";
  throw new Error(`${address} answered ${answer.status}: neither accepted nor refused`);
}

/** What clients of mgmt-vibe ask for: sessions, encrypted mailbox tokens written and read, payments. */
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
  ];
}

function mailbox(number: number): Record<string, string> {
  return {
    address: `user${number}@example.com`,
    access_token: `access ${number}`,
    refresh_token: `refresh ${number}`,
  };
}

function post(
  url: string,
  body: Readonly<Record<string, unknown>>,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  return fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(10_000),
  });
}
