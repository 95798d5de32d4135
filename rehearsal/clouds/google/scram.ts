/** SCRAM-SHA-256 verifiers, so that a password reaches PostgreSQL, and its log, only in a form from which nobody can log in. */
import { createHash, createHmac, pbkdf2, randomBytes } from "node:crypto";
import { promisify } from "node:util";

const ITERATIONS = 4096;
const VERIFIER = /^SCRAM-SHA-256\$\d+:[A-Za-z0-9+/=]+\$[A-Za-z0-9+/=]+:[A-Za-z0-9+/=]+$/;

/** The verifier that PostgreSQL stores for a password; a text that is one already is passed on, as PostgreSQL does. */
export async function scramVerifier(password: string): Promise<string> {
  if (VERIFIER.test(password)) return password;
  const salt = randomBytes(16);
  const text = password.normalize("NFKC");
  const salted = await promisify(pbkdf2)(text, salt, ITERATIONS, 32, "sha256");
  const clientKey = createHmac("sha256", salted).update("Client Key").digest();
  const storedKey = createHash("sha256").update(clientKey).digest("base64");
  const serverKey = createHmac("sha256", salted).update("Server Key").digest("base64");
  return `SCRAM-SHA-256$${ITERATIONS}:${salt.toString("base64")}$${storedKey}:${serverKey}`;
}
