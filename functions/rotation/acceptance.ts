import * as http from "node:http";
import * as https from "node:https";
import { setTimeout as pause } from "node:timers/promises";
import type { SecretText } from "../../components/secret-text";

/** Who has to accept a token before it becomes the one in use. */
export interface Acceptance {
  /** Answers 2xx to a GET with `Authorization: Bearer <token>` where the token is accepted, and anything else where it is not. */
  readonly url: string;
  /** How often in a row it has to be taken, each time over a connection of its own: behind one address there may be many pods. */
  readonly asks: number;
}

const PAUSE_MS = 250;
const TIMEOUT_MS = 5_000;

/**
 * Resolves once the pending token was accepted as often in a row as asked for. Whoever verifies gets the token by a sync of its own, with a
 * lag, so a refusal means 'not yet' until `deadline` (milliseconds of the clock).
 *
 * @throws Error with the address and the last answer, and never with the token.
 */
export async function waitForAcceptance(
  pending: SecretText,
  { url, asks }: Acceptance,
  deadline: number,
): Promise<void> {
  let inARow = 0;
  for (;;) {
    const answer = await ask(url, pending);
    inARow = /^2\d\d$/.test(answer) ? inARow + 1 : 0;
    if (inARow >= asks) return;
    if (Date.now() + PAUSE_MS >= deadline)
      throw new Error(
        `the pending token was accepted ${inARow} times in a row at ${url}, not ${asks}; the last answer was ${answer}. The service repeats the rotation; see whether the sync brings AWSPENDING to whoever answers there`,
      );
    await pause(PAUSE_MS);
  }
}

/** The status, or why there is none. Redirects are not followed: the token is for this address alone. */
function ask(url: string, token: SecretText): Promise<string> {
  const { get } = url.startsWith("https:") ? https : http;
  const headers = { authorization: `Bearer ${token.reveal()}` };
  return new Promise((resolve) => {
    const request = get(url, { agent: false, headers, timeout: TIMEOUT_MS }, (response) => {
      response.resume();
      resolve(String(response.statusCode));
    });
    request.once("timeout", () => request.destroy(new Error("no answer in time")));
    request.once("error", ({ message }) => resolve(message));
  });
}
