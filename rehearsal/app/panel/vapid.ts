/** VAPID (RFC 8292): how an application server proves to a push service that it is the one which the user subscribed to. */
import { createECDH } from "node:crypto";
import { importJWK, SignJWT } from "jose";
import { required, type Env } from "../settings";

/** A key pair on P-256 as web-push libraries take it. */
export interface VapidPair {
  /** The uncompressed point, 65 bytes in base64url without padding: what a browser gets as `applicationServerKey`. */
  readonly publicKey: string;
  /** The scalar, 32 bytes in base64url without padding. */
  readonly privateKey: string;
}

const LIFETIME = "12h";
const PUBLIC = "VAPID_PUBLIC_KEY";
const PRIVATE = "VAPID_PRIVATE_KEY";

/**
 * The live pairs, the active one first: `VAPID_PUBLIC_KEY` and `VAPID_PRIVATE_KEY`, then those with `_PREVIOUS` and `_ACCEPTED_<slot>`.
 * Empty when neither is set. @throws Error for half a pair, and for two keys that do not belong together.
 */
export function vapidPairs(env: Env): VapidPair[] {
  const suffixes = Object.keys(env)
    .map((name) => /^VAPID_(?:PUBLIC|PRIVATE)_KEY(|_PREVIOUS|_ACCEPTED_[A-Z0-9]+)$/.exec(name)?.[1])
    .filter((suffix) => suffix !== undefined)
    .sort();
  const pairs = [...new Set(suffixes)].map((suffix) => pairOf(env, suffix));
  return pairs.filter(
    (pair, at) => pairs.findIndex((one) => one.publicKey === pair.publicKey) === at,
  );
}

/** The value of `Authorization` for a message to `endpoint`: `vapid t=<token>, k=<public key>`. */
export async function vapidAuthorization(
  { publicKey, privateKey }: VapidPair,
  endpoint: string,
  contact: string,
): Promise<string> {
  const point = Buffer.from(publicKey, "base64url");
  const [x, y] = [point.subarray(1, 33), point.subarray(33)].map((part) =>
    part.toString("base64url"),
  );
  const key = await importJWK({ kty: "EC", crv: "P-256", x, y, d: privateKey }, "ES256");
  const token = await new SignJWT()
    .setProtectedHeader({ typ: "JWT", alg: "ES256" })
    .setAudience(new URL(endpoint).origin)
    .setExpirationTime(LIFETIME)
    .setSubject(contact)
    .sign(key);
  return `vapid t=${token}, k=${publicKey}`;
}

function pairOf(env: Env, suffix: string): VapidPair {
  const [publicKey, privateKey] = [required(env, PUBLIC + suffix), required(env, PRIVATE + suffix)];
  const scalar = Buffer.from(privateKey, "base64url");
  if (scalar.length !== 32 || publicOf(scalar) !== publicKey) {
    throw new Error(
      `environment variables ${PUBLIC}${suffix} and ${PRIVATE}${suffix} must be the two halves of one P-256 pair, in base64url without padding: set both from the same generation`,
    );
  }
  return { publicKey, privateKey };
}

function publicOf(scalar: Buffer): string | undefined {
  const curve = createECDH("prime256v1");
  try {
    curve.setPrivateKey(scalar);
  } catch (error) {
    // Zero or beyond the curve's order: no private key at all.
    if ((error as NodeJS.ErrnoException).code === "ERR_CRYPTO_INVALID_KEYTYPE") return undefined;
    throw error;
  }
  return curve.getPublicKey().toString("base64url");
}
