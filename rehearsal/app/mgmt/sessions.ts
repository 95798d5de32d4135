/**
 * Sessions of mgmt-vibe: a random id in a cookie, signed with the active secret and accepted with every live one. The database keeps the
 * id's digest only, so that neither a copy of it nor the secret alone opens a session.
 */
import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { Database } from "../database";
import { HttpError, type Call } from "../http";
import { hashPassword, verifyPassword } from "../passwords";
import type { SigningSettings } from "../settings";

/** An account as handlers see one; without the hash. */
export interface Account {
  readonly id: number;
  readonly email: string;
}

const COOKIE = "session";
const LIFETIME_SECONDS = 14 * 24 * 3600;
const MIN_PASSWORD = 8;

/** Accounts and their sessions. */
export class Sessions {
  constructor(
    private readonly database: Database,
    private readonly keys: SigningSettings,
  ) {}

  /** Adds an account; 409 when the e-mail address is taken, 422 for a password below 8 characters. */
  async signUp(email: string, password: string): Promise<Account> {
    if (password.length < MIN_PASSWORD) {
      throw new HttpError(422, `password must have at least ${MIN_PASSWORD} characters`);
    }
    const [account] = await this.database.rows<Account>(
      `INSERT INTO accounts (email, password_hash) VALUES ($1, $2) ON CONFLICT DO NOTHING
       RETURNING id::float8 AS id, email`,
      [email, await hashPassword(password)],
    );
    if (account === undefined) throw new HttpError(409, "The email is taken");
    return account;
  }

  /** Opens a session and answers the value of `Set-Cookie`; 401 for a wrong password and for an unknown account alike. */
  async logIn(email: string, password: string, { headers }: Call): Promise<string> {
    const [account] = await this.database.rows<Account & { password_hash: string }>(
      "SELECT id::float8 AS id, email, password_hash FROM accounts WHERE email = $1",
      [email],
    );
    if (!(await verifyPassword(password, account?.password_hash)) || account === undefined) {
      throw new HttpError(401, "Incorrect email or password");
    }
    const sid = randomBytes(32).toString("base64url");
    await this.database.rows(
      "INSERT INTO sessions (sid_digest, account_id, expires_at) VALUES ($1, $2, now() + make_interval(secs => $3))",
      [digest(sid), account.id, LIFETIME_SECONDS],
    );
    const value = `${sid}.${sign(sid, this.keys.active).toString("base64url")}`;
    // A browser drops a Secure cookie that came over plain HTTP, so it is set where the edge says that it took the request over TLS.
    const secure = headers["x-forwarded-proto"] === "https" ? "; Secure" : "";
    return `${COOKIE}=${value}; Path=/; Max-Age=${LIFETIME_SECONDS}; HttpOnly; SameSite=Lax${secure}`;
  }

  /** The account of a call's cookie; 401 without one, and for one that no live secret signed or whose session is over. */
  async accountOf({ headers }: Call): Promise<Account> {
    const sid = this.sidOf(headers.cookie ?? "");
    if (sid === undefined) throw new HttpError(401, "Log in first");
    const [account] = await this.database.rows<Account>(
      `SELECT a.id::float8 AS id, a.email FROM sessions s JOIN accounts a ON a.id = s.account_id
       WHERE s.sid_digest = $1 AND s.expires_at > now()`,
      [digest(sid)],
    );
    if (account === undefined) throw new HttpError(401, "Log in first");
    return account;
  }

  private sidOf(cookies: string): string | undefined {
    const [, sid, mac] = /(?:^|; ?)session=([\w-]{43})\.([\w-]{43})(?:;|$)/.exec(cookies) ?? [];
    if (sid === undefined || mac === undefined) return undefined;
    const given = Buffer.from(mac, "base64url");
    return this.keys.accepted.some((key) => timingSafeEqual(sign(sid, key), given))
      ? sid
      : undefined;
  }
}

function sign(sid: string, key: Uint8Array): Buffer {
  return createHmac("sha256", key).update(`${COOKIE}=${sid}`).digest();
}

function digest(sid: string): string {
  return createHash("sha256").update(sid).digest("hex");
}
