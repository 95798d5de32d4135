import { JsonWebKey, createPrivateKey, createPublicKey, hkdfSync } from "node:crypto";
import { TEST_MARK } from "../test-values";

/** A public or symmetric key as verifiers of JSON Web Tokens take it (RFC 7517). */
export interface VerificationKey extends JsonWebKey {
  readonly kid: string;
  readonly alg: string;
  readonly use: "sig";
}

/** The symmetric key of an HS256 token: the bytes of the text itself, as JWT libraries take a text. Secret. */
export function symmetricJwk(text: string, kid: string): VerificationKey {
  return { kty: "oct", kid, alg: "HS256", use: "sig", k: Buffer.from(text).toString("base64url") };
}

/**
 * The public key of ES256 or RS256 tokens, of a PEM. No secret.
 *
 * @throws Error if the key is of another kind than the algorithm: its tokens would be refused.
 */
export function publicJwk(pem: string, kid: string, alg: string): VerificationKey {
  const jwk = createPublicKey(pem).export({ format: "jwk" });
  const fits = alg === "ES256" ? jwk.crv === "P-256" : jwk.kty === "RSA";
  if (!fits)
    throw new Error(
      `the key ${kid} is none for ${alg}: it was made before the algorithm changed. Say so in \`formerly\`: the algorithm of old and the last generation that has it`,
    );
  return { ...jwk, kid, alg, use: "sig" };
}

/** The document that verifiers load: every key by its id. */
export function jwkSet(keys: readonly VerificationKey[]): string {
  return JSON.stringify({ keys });
}

/** A VAPID private key: the 32 bytes of a P-256 scalar, base64url without padding, as push libraries take it. Secret. */
export function vapidPrivateKey(pem: string): string {
  const { d = "" } = createPrivateKey(pem).export({ format: "jwk" });
  return d;
}

/** A VAPID public key: the uncompressed point of 65 bytes, base64url without padding (RFC 8292, section 3.2). No secret. */
export function vapidPublicKey(pem: string): string {
  const { x = "", y = "" } = createPublicKey(pem).export({ format: "jwk" });
  const coordinates = [x, y].map((part) => Buffer.from(part, "base64url"));
  return Buffer.concat([Buffer.of(4), ...coordinates]).toString("base64url");
}

/** True for the form of {@link vapidPublicKey}. */
export function isVapidPublicKey(text: string): boolean {
  const bytes = Buffer.from(text, "base64url");
  return bytes.length === 65 && bytes[0] === 4 && bytes.toString("base64url") === text;
}

const FERNET_BYTES = 32;

/**
 * The Fernet key of a generation: 32 bytes by HKDF-SHA256 (RFC 5869) of the generated text, base64url with padding. The same text and
 * generation give the same key for ever, since old rows must stay readable.
 */
export function fernetKey(material: string, generation: number): string {
  const bytes = Buffer.from(
    hkdfSync("sha256", material, "", `rekey keyring v${generation}`, FERNET_BYTES),
  );
  return `${bytes.toString("base64url")}=`;
}

/** True for a Fernet key: 32 bytes in base64url with padding. */
export function isFernetKey(text: string): boolean {
  const bytes = Buffer.from(text, "base64url");
  return bytes.length === FERNET_BYTES && `${bytes.toString("base64url")}=` === text;
}

/** The same key with `dev-test-` for its first characters: a valid Fernet key still, 202 bits of it unknown, that anybody recognises. */
export function markedFernetKey(key: string): string {
  return TEST_MARK + key.slice(TEST_MARK.length);
}
