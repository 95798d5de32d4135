import { Client, DatabaseError } from "pg";
import { SecretText } from "../../components/secret-text";
import type { Answer } from "./system";

/** A database and a user of it. */
export interface DatabaseLogin {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: SecretText;
}

/** Logs in and asks one question. Only the server's own refusal counts as one; anything else that fails is an error. */
export async function tryDatabase({ password, ...login }: DatabaseLogin): Promise<Answer> {
  const client = new Client({
    ...login,
    password: password.reveal(),
    connectionTimeoutMillis: 10_000,
  });
  try {
    await client.connect();
    await client.query("SELECT 1");
    return "accepted";
  } catch (error) {
    // 28P01: invalid_password; 28000: invalid_authorization_specification (PostgreSQL, appendix A).
    if (error instanceof DatabaseError && /^28(P01|000)$/.test(error.code ?? "")) return "refused";
    throw error;
  } finally {
    await client.end().catch((error: Error) => {
      if (!/terminated|ECONNRESET|closed/i.test(error.message)) throw error;
    });
  }
}

/** Asks a guarded page. 401 is a refusal; any other answer but 200 is an error. */
export async function tryBearer(address: string, token: SecretText): Promise<Answer> {
  return answerOf(address, await bearerStatus(address, token));
}

/** The status of a guarded page. */
export async function bearerStatus(address: string, token: SecretText): Promise<number> {
  const answer = await fetch(address, {
    headers: { authorization: `Bearer ${token.reveal()}` },
    signal: AbortSignal.timeout(5_000),
  });
  await answer.arrayBuffer();
  return answer.status;
}

/** What a status says: 401 is a refusal; any other but 200 is an error. */
export function answerOf(address: string, status: number): Answer {
  return verdictOf(address, status, [401]);
}

/** Logs in with a user name and a password; gives the session's token where it is accepted. */
export async function logIn(
  address: string,
  username: string,
  password: SecretText,
): Promise<SecretText | "refused"> {
  const answer = await fetch(address, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ username, password: password.reveal() }),
    signal: AbortSignal.timeout(5_000),
  });
  const body = (await answer.json()) as { access_token?: unknown };
  if (verdictOf(address, answer.status, [400, 401]) === "refused") return "refused";
  if (typeof body.access_token !== "string") throw new Error(`${address} gave no token`);
  return new SecretText(body.access_token);
}

function verdictOf(address: string, status: number, refusals: readonly number[]): Answer {
  if (status === 200) return "accepted";
  if (refusals.includes(status)) return "refused";
  throw new Error(`${address} answered ${status}: neither accepted nor refused`);
}
