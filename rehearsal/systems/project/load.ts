import { randomBytes } from "node:crypto";
import { SecretText } from "../../../components/secret-text";
import { LoadRequest, Traffic, startTraffic } from "../../traffic";
import { logIn } from "../probes";
import { post } from "../requests";
import { ProjectClouds } from "./clouds";
import { urlOf } from "./cluster";
import type { Browsers } from "./browsers";
import { databaseClients } from "./database-clients";

const EMAIL = "user@example.com";
/** The account is the rehearsal's own and gone with it. */
const PASSWORD = new SecretText(randomBytes(18).toString("base64url"));
const WORD = "rehearsal";

/** Signs the rehearsal's user up, once; fine to repeat. */
async function account(url: string): Promise<void> {
  const { status } = await post(`${url}/api/users`, { email: EMAIL, password: PASSWORD.reveal() });
  if (status !== 201 && status !== 409) throw new Error(`signing up answered ${status}`);
}

/** Logs the rehearsal's user in and gives the session's token. */
export async function tokenOf(clouds: ProjectClouds): Promise<SecretText> {
  const url = urlOf(clouds, "backend");
  await account(url);
  const token = await logIn(`${url}/api/login`, EMAIL, PASSWORD);
  if (token === "refused") throw new Error("the traffic's log-in was refused");
  return token;
}

/** The headers of a request in the name of the rehearsal's user. */
export async function sessionOf(clouds: ProjectClouds): Promise<Record<string, string>> {
  return { authorization: `Bearer ${(await tokenOf(clouds)).reveal()}` };
}

/**
 * Starts what clients of project do: pages, mailboxes, work of the agents, searches, connections of Gmail from end to end, and push messages
 * to the browsers and to whoever subscribes now.
 */
export async function projectTraffic(
  clouds: ProjectClouds,
  rate: number,
  browsers: Browsers,
): Promise<Traffic> {
  const url = urlOf(clouds, "backend");
  let session: Record<string, string> = await sessionOf(clouds);
  const made = await post(`${url}/api/connections`, mailbox(0), session);
  const { id } = (await made.json()) as { id: number };
  const write = { method: "POST", signed: true } as const;
  const pages: LoadRequest[] = [
    { kind: "health", url: `${url}/readyz` },
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
      kind: "chat",
      url: `${url}/api/chat`,
      body: () => JSON.stringify({ prompt: "hi" }),
    },
    { kind: "search", url, send: () => search(clouds, url, session) },
    { kind: "gmail", url, send: () => connectGmail(clouds, url, session) },
    { kind: "push", url, send: () => browsers.visit() },
    { kind: "push to an old subscription", url, send: () => browsers.comeBack() },
  ];
  // A log-in costs the database more than a page does, so one of its clients has its turn after all pages.
  const requests = (await databaseClients(clouds)).flatMap((client) => [...pages, client]);
  return startTraffic({
    requests,
    rate,
    logIn: async () => (session = browsers.session = await sessionOf(clouds)),
  });
}

/** Searches; a page without hits because search did not answer is no failure, and is counted in {@link ProjectClouds.degraded}. */
async function search(
  clouds: ProjectClouds,
  url: string,
  session: Readonly<Record<string, string>>,
): Promise<number> {
  const answer = await post(`${url}/api/search`, { q: WORD }, session);
  const { degraded } = (await answer.json()) as { degraded?: boolean };
  if (degraded === true) clouds.degraded++;
  return answer.status;
}

/** Begins a connection, lets the user agree, and ends it: the state of one instance reaches another. */
async function connectGmail(
  { google }: ProjectClouds,
  url: string,
  session: Readonly<Record<string, string>>,
): Promise<number> {
  const signal = AbortSignal.timeout(10_000);
  const begun = await fetch(`${url}/api/gmail/start`, { headers: session, signal });
  const { state } = (await begun.json()) as { state?: string };
  if (begun.status !== 200) return begun.status;
  const ended = await post(`${url}/api/gmail/callback`, { state, code: google.code() }, session);
  await ended.arrayBuffer();
  return ended.status;
}

/** Puts documents into the index that every rotation must leave alone. */
export async function fillIndex(clouds: ProjectClouds, key: SecretText): Promise<void> {
  for (let id = 1; id <= DOCUMENTS; id++) {
    const document = { id: String(id), text: `${WORD} ${id}` };
    const url = `${urlOf(clouds, "search")}/indexes/documents/documents`;
    const { status } = await post(url, document, { authorization: `Bearer ${key.reveal()}` });
    if (status !== 202) throw new Error(`search answered ${status} to a document`);
  }
}

/** How many documents {@link fillIndex} puts there. */
export const DOCUMENTS = 3;

function mailbox(number: number): Record<string, string> {
  return {
    address: `user${number}@example.com`,
    access_token: `access ${number}`,
    refresh_token: `refresh ${number}`,
  };
}
