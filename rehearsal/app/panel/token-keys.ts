/** The keys of proxpanel's tokens: one that signs and all that verify, symmetric or pairs, found by the `kid` in a token's header. */
import { createPrivateKey, type KeyObject } from "node:crypto";
import { decodeProtectedHeader, errors, importJWK, type JWK, type KeyLike } from "jose";
import { choice, required, signingSettings, type Env } from "../settings";

/** A key with what a token says of it. */
export interface TokenKey {
  readonly alg: string;
  /** Absent where keys have no name: then a token is tried with each. */
  readonly kid?: string | undefined;
  readonly key: KeyLike | KeyObject | Uint8Array;
}

/** The key that signs, and every one that a token may be signed with. */
export interface TokenKeys {
  readonly signer: TokenKey;
  readonly verifiers: readonly TokenKey[];
}

const ALGORITHMS = ["HS256", "ES256", "RS256"] as const;

/** Texts: `<name>` signs, under the name `<name>_KID` where that is set; it and every other live value verify. */
export function textKeys(env: Env, name: string): TokenKeys {
  const { active, accepted } = signingSettings(env, name);
  const alg = "HS256";
  const kid = env[`${name}_KID`] || undefined;
  return { signer: { alg, kid, key: active }, verifiers: accepted.map((key) => ({ alg, key })) };
}

/**
 * The keys of access tokens. With `JWT_JWKS`, a JWK set of every live key, tokens are verified by it; `JWT_SECRET` signs, as a text or as a
 * PEM by `JWT_SECRET_ALGORITHM` (HS256 unless set). Without it all are texts.
 *
 * @throws Error naming the variable that is wrong, never its value.
 */
export async function accessKeys(env: Env): Promise<TokenKeys> {
  if (!env["JWT_JWKS"]) return textKeys(env, "JWT_SECRET");
  const alg = env["JWT_SECRET_ALGORITHM"]
    ? choice(env, "JWT_SECRET_ALGORITHM", ALGORITHMS)
    : "HS256";
  const text = required(env, "JWT_SECRET");
  const key = alg === "HS256" ? new TextEncoder().encode(text) : privateKey(text);
  const signer = { alg, kid: required(env, "JWT_SECRET_KID"), key };
  return { signer, verifiers: await Promise.all(setOf(env["JWT_JWKS"]).map(verifier)) };
}

/** The keys that may have signed a token: by its `kid` where keys have names, all of them where it has none. */
export function candidates(token: string, { verifiers }: TokenKeys): readonly TokenKey[] {
  const kid = kidOf(token);
  return verifiers.filter((one) => kid === undefined || one.kid === undefined || one.kid === kid);
}

function kidOf(token: string): string | undefined {
  try {
    return decodeProtectedHeader(token).kid;
  } catch (error) {
    // A text that is no token has no `kid`; the verification then refuses it.
    if (!(error instanceof TypeError || error instanceof errors.JOSEError)) throw error;
    return undefined;
  }
}

function privateKey(pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    throw new Error("environment variable JWT_SECRET must be a private key as PEM");
  }
}

function setOf(text: string): JWK[] {
  try {
    const { keys } = JSON.parse(text) as { keys?: unknown };
    if (Array.isArray(keys) && keys.length > 0) return keys as JWK[];
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new Error("environment variable JWT_JWKS must be a JWK set with one key or more");
}

async function verifier(jwk: JWK): Promise<TokenKey> {
  const { alg, kid } = jwk;
  if (alg === undefined || kid === undefined)
    throw new Error("every key of environment variable JWT_JWKS must have alg and kid");
  return { alg, kid, key: await importJWK(jwk, alg) };
}
