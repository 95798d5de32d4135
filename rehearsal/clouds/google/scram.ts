/** SCRAM-SHA-256 verifiers, so that a password reaches PostgreSQL, and its log, only in a form from which nobody can log in. */
import { randomBytes } from "node:crypto";
import { verifierOfPrepared } from "../../../components/scram";

const VERIFIER = /^SCRAM-SHA-256\$\d+:[A-Za-z0-9+/=]+\$[A-Za-z0-9+/=]+:[A-Za-z0-9+/=]+$/;

/** The verifier that PostgreSQL stores for a password; a text that is one already is passed on, as PostgreSQL does. */
export function scramVerifier(password: string): string {
  if (VERIFIER.test(password)) return password;
  return verifierOfPrepared(password.normalize("NFKC"), randomBytes(16));
}
