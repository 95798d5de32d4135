import { createHash, generateKeyPairSync } from "node:crypto";
import { random } from "./values";

const digest = (words: string, kind = "sha256") => createHash(kind).update(words).digest("hex");
const HEX = "0123456789abcdef";
const uuid = [8, 4, 4, 4, 12]
  .map((length, index) => random(`uuid ${index}`, HEX, length))
  .join("-");
const publicKey = (type: "ed25519") =>
  generateKeyPairSync(type).publicKey.export({ type: "spki", format: "pem" }).toString();

/** Texts that say where a secret is and hold none. They stand under the names of credentials, as they do in programs. */
export const references: Readonly<Record<string, string>> = {
  "ARN of a secret, named as one":
    "arn:aws:secretsmanager:eu-west-1:000000000000:secret:app/db-a1B2c3",
  "name of a secret's version, named as one": "projects/example-project/secrets/app/versions/4",
  "reference in another notation, named as one": "op://vault/app/password",
  "placeholder, named as a secret": "${DB_PASSWORD}",
};

/** What a reference by `secretKeyRef` or the like is called in the tables; the places say how it is written. */
export const BY_REFERENCE = "secretKeyRef";

/** Texts that look like secrets and are none, under harmless names. */
export const negatives: Readonly<Record<string, string>> = {
  "SHA-256 sum": digest("a file"),
  "SHA-512 sum": digest("a file", "sha512"),
  "commit id": digest("a commit", "sha1"),
  "integrity of a package": `sha512-${createHash("sha512").update("a package").digest("base64")}`,
  "image digest": `images.example.com/app@sha256:${digest("an image")}`,
  UUID: uuid,
  "ARN of a key": `arn:aws:kms:eu-west-1:000000000000:key/${uuid}`,
  "ARN of a secret": "arn:aws:secretsmanager:eu-west-1:000000000000:secret:app/db-a1B2c3",
  "name of a secret's version": "projects/example-project/secrets/app/versions/4",
  "public key (PEM)": publicKey("ed25519"),
  "certificate (PEM)": `-----BEGIN CERTIFICATE-----\n${random("certificate", HEX, 64)}\n-----END CERTIFICATE-----\n`,
  "public key (OpenSSH)": `ssh-ed25519 AAAA${random("ssh", "ABCDEFabcdef0123", 64)} app@example.com`,
  "access key's id": ["AK", "IA", random("access key", "ABCDEFGH234567", 16)].join(""),
  address: "https://auth.example.com/oauth2/authorize?client_id=app&scope=openid",
  "address with a placeholder": "postgres://app:${DB_PASSWORD}@db.example.com/app",
  "e-mail address": "app@example.com",
  "JSON without a secret": JSON.stringify({ mode: "live", replicas: 3, image: "app:1.2.3" }),
  "text in base64": Buffer.from("an ordinary text that nobody needs to hide").toString("base64"),
  "reference in another notation": "op://vault/app/password",
  "long name": "europe-west1-docker-example-project-application-frontend-v2",
};
