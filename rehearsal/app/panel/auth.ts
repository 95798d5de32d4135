/** Log-in of proxpanel: short access tokens and long refresh tokens, each kind under its own secret, both bound to a row of `AuthSession`. */
import { randomUUID } from "node:crypto";
import { errors, jwtVerify, SignJWT } from "jose";
import type { Database } from "../database";
import { HttpError, type Call } from "../http";
import { hashPassword, verifyPassword } from "../passwords";
import { candidates, type TokenKeys } from "./token-keys";

/** What a log-in gives. */
export interface TokenPair {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly token_type: "bearer";
}

/** Who is logged in. */
export interface PanelUser {
  readonly id: number;
  readonly username: string;
  /** The row of `AuthSession`. */
  readonly session: string;
}

type Kind = "access" | "refresh";

const LIFETIME = { access: "15m", refresh: "7d" } as const;
const SESSION_DAYS = 7;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Log-ins and the checks of what they gave. */
export class Auth {
  constructor(
    private readonly database: Database,
    private readonly keys: Readonly<Record<Kind, TokenKeys>>,
  ) {}

  /** Opens a session; 401 for a wrong password and for an unknown user alike. */
  async logIn(username: string, password: string): Promise<TokenPair> {
    const [user] = await this.database.rows<{ id: number; password_hash: string }>(
      "SELECT id::float8 AS id, password_hash FROM panel_users WHERE username = $1",
      [username],
    );
    if (!(await verifyPassword(password, user?.password_hash)) || user === undefined) {
      throw new HttpError(401, "Incorrect username or password");
    }
    const session = randomUUID();
    await this.database.rows(
      `INSERT INTO "AuthSession" (id, "userId", "expiresAt") VALUES ($1, $2, now() + make_interval(days => $3))`,
      [session, user.id, SESSION_DAYS],
    );
    await this.note(username, "login");
    return this.pair({ id: user.id, username, session });
  }

  /** New tokens for a refresh token whose session still stands; 401 otherwise. */
  async renew(refreshToken: string): Promise<TokenPair> {
    return this.pair(await this.holder(refreshToken, "refresh"));
  }

  /** The user of a call's access token; 401 for one that no live secret signed, and for one whose session is gone. */
  userOf({ headers }: Call): Promise<PanelUser> {
    const token = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(headers.authorization ?? "")?.[1];
    return this.holder(token ?? "", "access");
  }

  /** Adds a line to the audit log. */
  async note(actor: string, action: string): Promise<void> {
    await this.database.rows("INSERT INTO audit_logs (actor, action) VALUES ($1, $2)", [
      actor,
      action,
    ]);
  }

  private async pair(user: PanelUser): Promise<TokenPair> {
    const [access, refresh] = [await this.sign(user, "access"), await this.sign(user, "refresh")];
    return { access_token: access, refresh_token: refresh, token_type: "bearer" };
  }

  private sign({ id, session }: PanelUser, kind: Kind): Promise<string> {
    const { alg, kid, key } = this.keys[kind].signer;
    return new SignJWT({ sid: session, use: kind })
      .setProtectedHeader({ alg, ...(kid === undefined ? {} : { kid }) })
      .setSubject(String(id))
      .setIssuedAt()
      .setExpirationTime(LIFETIME[kind])
      .sign(key);
  }

  private async holder(token: string, kind: Kind): Promise<PanelUser> {
    const session = await sessionOf(token, kind, this.keys[kind]);
    const [user] =
      session === undefined
        ? []
        : await this.database.rows<PanelUser>(
            `SELECT u.id::float8 AS id, u.username, s.id AS session FROM "AuthSession" s
             JOIN panel_users u ON u.id = s."userId" WHERE s.id = $1 AND s."expiresAt" > now()`,
            [session],
          );
    if (user === undefined) throw new HttpError(401, "Could not validate credentials");
    return user;
  }
}

async function sessionOf(token: string, kind: Kind, keys: TokenKeys): Promise<string | undefined> {
  for (const { key, alg } of candidates(token, keys)) {
    try {
      const { payload } = await jwtVerify<{ sid?: unknown; use?: unknown }>(token, key, {
        algorithms: [alg],
        requiredClaims: ["sub", "exp"],
      });
      const { sid, use } = payload;
      return use === kind && typeof sid === "string" && UUID.test(sid) ? sid : undefined;
    } catch (error) {
      // Every refusal of the library is of this class; anything else is a fault of ours and must show.
      if (!(error instanceof errors.JOSEError)) throw error;
    }
  }
  return undefined;
}

/** Makes `username` an administrator with this password, whoever it was before. Needs no signing key. */
export async function seedPanelAdministrator(
  database: Database,
  username: string,
  password: string,
): Promise<void> {
  await database.rows(
    `INSERT INTO panel_users (username, password_hash) VALUES ($1, $2)
     ON CONFLICT (username) DO UPDATE SET password_hash = excluded.password_hash`,
    [username, await hashPassword(password)],
  );
}
