import { pbkdf2Sync } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { CredentialGeneration } from "../generations";
import { scramVerifier } from "../scram";

/**
 * What PostgreSQL is told instead of a generation's password: its SCRAM-SHA-256 verifier, marked secret. The same generation yields
 * the same verifier in every run, so that a second `up` plans nothing; undefined where the program does not have the value.
 */
export function verifierOf(live: CredentialGeneration): pulumi.Output<string> | undefined {
  return (
    live.value && pulumi.secret(live.value.apply((value) => stableVerifier(value, live.username)))
  );
}

/**
 * The verifier with a salt that password and user name determine. As many rounds guard the salt as guard the verifier: whoever
 * steals both still pays for each guess.
 */
export function stableVerifier(password: string, username: string): string {
  return scramVerifier(
    password,
    pbkdf2Sync(password, `rekey salt of ${username}`, 4096, 16, "sha256"),
  );
}
