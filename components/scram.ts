import { createHash, createHmac, pbkdf2Sync } from "node:crypto";

const ITERATIONS = 4096;

/**
 * The SCRAM-SHA-256 verifier of a password, as PostgreSQL keeps it: `ALTER ROLE … PASSWORD '<verifier>'` sets the password without the
 * server, or its log, ever seeing it. The salt is 16 random bytes that the caller chooses; 4,096 rounds, PostgreSQL's own number.
 * RFC 5802 and RFC 7677; PostgreSQL's form is `SCRAM-SHA-256$<rounds>:<salt>$<StoredKey>:<ServerKey>`.
 *
 * @throws RangeError for a password with characters beyond ASCII, which would need SASLprep.
 */
export function scramVerifier(password: string, salt: Buffer): string {
  if (!/^[\x20-\x7e]+$/.test(password))
    throw new RangeError("a password for SCRAM holds printable ASCII characters only");
  return verifierOfPrepared(password, salt);
}

/** As {@link scramVerifier}, for a text that went through SASLprep (RFC 4013) already. */
export function verifierOfPrepared(text: string, salt: Buffer): string {
  const salted = pbkdf2Sync(text, salt, ITERATIONS, 32, "sha256");
  const hmac = (key: Buffer, label: string) => createHmac("sha256", key).update(label).digest();
  const storedKey = createHash("sha256").update(hmac(salted, "Client Key")).digest("base64");
  const serverKey = hmac(salted, "Server Key").toString("base64");
  return `SCRAM-SHA-256$${ITERATIONS}:${salt.toString("base64")}$${storedKey}:${serverKey}`;
}
