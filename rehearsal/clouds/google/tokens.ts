/**
 * Who a bearer is. Three kinds pass: the owner's token that the fake was started with, access tokens that the fake issued to a
 * service account (valid for an hour, even after the key that got them was deleted, as in the real service), and JWTs that a
 * client signed with a service-account key itself (refused as soon as the key is gone).
 */
import { createHash, createPublicKey, randomBytes, timingSafeEqual } from "node:crypto";
import { decodeJwt, decodeProtectedHeader, jwtVerify } from "jose";

import type { Account, AccountKey, AccountStore } from "./accounts";
import { ApiError } from "./errors";
import type { Caller } from "./router";

/** Seconds for which an access token is valid. */
export const TOKEN_LIFETIME = 3600;

/** Tokens of the fake. Values are never logged. */
export class TokenStore {
  private readonly issued = new Map<string, { email: string; until: number; keyName?: string }>();

  /**
   * @param ownerToken the owner's bearer; without one every bearer that is not a service account's is the owner's.
   * @param owner IAM member that the owner appears as in audit entries.
   */
  constructor(
    private readonly project: string,
    private readonly accounts: AccountStore,
    private readonly ownerToken: string | undefined,
    private readonly owner: string,
  ) {}

  /** A new access token for an account, as the metadata server of a workload gives one. Throws 404 or 403 (disabled). */
  issue(email: string, keyName?: string): string {
    const account = this.accounts.get(email);
    if (account.disabled)
      throw new ApiError(403, "PERMISSION_DENIED", "The service account is disabled.");
    const token = `ya29.fake.${randomBytes(24).toString("base64url")}`;
    this.issued.set(digest(token), {
      email: account.email,
      until: Date.now() + TOKEN_LIFETIME * 1000,
      ...(keyName === undefined ? {} : { keyName }),
    });
    return token;
  }

  /** The caller of a request; throws 401 as Google does. */
  async authenticate(authorization: string | undefined): Promise<Caller> {
    const token = /^Bearer (\S+)$/i.exec(authorization ?? "")?.[1];
    if (token === undefined) throw missingCredential();
    const issued = this.issued.get(digest(token));
    if (issued) {
      const account = this.accounts.find(issued.email);
      if (!account || account.disabled || issued.until <= Date.now()) throw badCredential();
      return caller(account, issued.keyName);
    }
    if (token.split(".").length === 3 && token.startsWith("ey")) {
      const { account, keyName } = await this.verifyAssertion(token);
      return caller(account, keyName);
    }
    if (this.ownerToken !== undefined && !same(token, this.ownerToken)) throw badCredential();
    return { member: this.owner, owner: true };
  }

  /** Checks a JWT signed with a live key of an enabled account; throws 401 UNAUTHENTICATED. `audience`: who it must be for. */
  async verifyAssertion(
    jwt: string,
    audience?: string[],
  ): Promise<{ account: Account; keyName: string }> {
    const { account, key } = this.signer(jwt);
    try {
      await jwtVerify(jwt, createPublicKey(key.publicKey), {
        algorithms: ["RS256"],
        issuer: account.email,
        requiredClaims: ["exp", "iat"],
        maxTokenAge: TOKEN_LIFETIME + 60,
        clockTolerance: 60,
        ...(audience === undefined ? {} : { audience }),
      });
    } catch {
      throw badCredential();
    }
    const keyName = `projects/${this.project}/serviceAccounts/${account.email}/keys/${key.id}`;
    return { account, keyName };
  }

  private signer(jwt: string): { account: Account; key: AccountKey } {
    const issuer = readUnverified(() => decodeJwt(jwt).iss);
    const keyId = readUnverified(() => decodeProtectedHeader(jwt).kid);
    const account = this.accounts.find(issuer ?? "");
    const key = account?.keys.find(({ id, disabled }) => id === keyId && !disabled);
    if (!account || account.disabled || !key) throw badCredential();
    return { account, key };
  }
}

function readUnverified<T>(read: () => T): T {
  try {
    return read();
  } catch {
    throw badCredential();
  }
}

function caller(account: Account, keyName: string | undefined): Caller {
  const member = `serviceAccount:${account.email}`;
  return { member, owner: false, ...(keyName === undefined ? {} : { keyName }) };
}

function digest(token: string): string {
  return createHash("sha256").update(token).digest("base64url");
}

function same(a: string, b: string): boolean {
  return timingSafeEqual(Buffer.from(digest(a)), Buffer.from(digest(b)));
}

function missingCredential(): ApiError {
  return unauthenticated(
    "Request is missing required authentication credential. Expected OAuth 2 access token, login cookie or other valid " +
      "authentication credential.",
    "CREDENTIALS_MISSING",
  );
}

function badCredential(): ApiError {
  return unauthenticated(
    "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid " +
      "authentication credential.",
    "ACCESS_TOKEN_TYPE_UNSUPPORTED",
  );
}

function unauthenticated(message: string, reason: string): ApiError {
  return new ApiError(401, "UNAUTHENTICATED", message, [
    { "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason, domain: "googleapis.com" },
  ]);
}
