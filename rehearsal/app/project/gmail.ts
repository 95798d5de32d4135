/** Connecting a Gmail mailbox (OAuth 2.0): a state that only this application can have signed, and the exchange of a code for tokens. */
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { HttpError } from "../http";
import { log } from "../log";
import { accepted, address, required, type Env } from "../settings";

/** What Google gives for a code. */
export interface MailboxTokens {
  readonly access: string;
  readonly refresh: string;
}

const LIFETIME_MS = 10 * 60_000;
const TIMEOUT_MS = 5000;
const STATE = /^((\d+)\.(\d+)\.[\w-]{22})\.([\w-]{43})$/;

/** The two ends of a connection: what the user is sent to Google with, and what comes back. */
export class Gmail {
  readonly clientId: string;
  private readonly secret: string;
  private readonly url: string;
  private readonly keys: readonly string[];

  /** `GMAIL_CLIENT_ID`, `GMAIL_CLIENT_SECRET`, `GOOGLE_OAUTH_URL`, and `GMAIL_STATE_SECRET` with its other live values. */
  constructor(env: Env) {
    this.clientId = required(env, "GMAIL_CLIENT_ID");
    this.secret = required(env, "GMAIL_CLIENT_SECRET");
    this.url = address(env, "GOOGLE_OAUTH_URL");
    this.keys = accepted(env, "GMAIL_STATE_SECRET");
  }

  /** A state for the user, good for ten minutes unless its key is retired before. */
  state(user: number): string {
    const text = `${user}.${Date.now() + LIFETIME_MS}.${randomBytes(16).toString("base64url")}`;
    return `${text}.${sign(text, this.keys[0] ?? "").toString("base64url")}`;
  }

  /** Refuses (401) a state that no live key signed, that is over, or that was made for another user. */
  check(state: string, user: number): void {
    const [, text = "", owner, ends, mac = ""] = STATE.exec(state) ?? [];
    const given = Buffer.from(mac, "base64url");
    const signed = text !== "" && this.keys.some((key) => timingSafeEqual(sign(text, key), given));
    if (!signed || Number(owner) !== user || Number(ends) < Date.now())
      throw new HttpError(401, "Begin the connection anew", "gmail_state_refused");
  }

  /** Exchanges a code; 400 for one that Google does not know, 502 where it refuses the client or does not answer. */
  async exchange(code: string): Promise<MailboxTokens> {
    const form = {
      grant_type: "authorization_code",
      code,
      client_id: this.clientId,
      client_secret: this.secret,
    };
    const answer = await fetch(`${this.url}/token`, {
      method: "POST",
      body: new URLSearchParams(form),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    }).catch((error: Error) => {
      log("WARNING", "no usable answer", { service: "google", error: error.name });
      throw new HttpError(502, "google gave no usable answer", "google_unreachable");
    });
    const body = (await answer.json()) as Record<string, unknown>;
    if (answer.ok) {
      return { access: String(body["access_token"]), refresh: String(body["refresh_token"]) };
    }
    if (body["error"] === "invalid_grant")
      throw new HttpError(400, "The code is not known", "gmail_code_refused");
    log("WARNING", "refused", { service: "google", status: answer.status });
    throw new HttpError(502, "google refused the client", "google_refused_key");
  }
}

function sign(text: string, key: string): Buffer {
  return createHmac("sha256", key).update(`gmail-state=${text}`).digest();
}
