import * as pulumi from "@pulumi/pulumi";
import { ConfigurationError } from "../../components/errors";
import { EXTERNAL } from "../../components/external";
import { CredentialGeneration, SecretGeneration } from "../../components/generations";
import { readParts } from "../../components/parts";
import { DatabaseCredential } from "../../components/secrets/database-credential";
import { ExternalKey } from "../../components/secrets/external-key";
import { JwtKey } from "../../components/secrets/jwt-key";
import { Keyring } from "../../components/secrets/keyring";
import { SessionSecret } from "../../components/secrets/session-secret";
import { Token } from "../../components/secrets/token";
import { VapidPair } from "../../components/secrets/vapid-pair";
import { Configuration, recordOf } from "../configuration";
import { GMAIL_PARTS } from "./inventory";
import { ProjectSettings } from "./settings";

/** The live generations of one secret, with user names where it is one half of a credential. */
export type Generations = readonly (SecretGeneration & Partial<CredentialGeneration>)[];

/** The secrets of project. */
export interface ProjectSecrets {
  /** The live generations of each of the twelve, by name: what stores keep. */
  readonly generations: Readonly<Record<string, Generations>>;
  readonly database: DatabaseCredential;
  readonly encryption: Keyring;
}

/** What holds retirements back. */
export interface RetirementHooks {
  /** Data that an encryption key is still needed for. */
  readonly rows: pulumi.ResourceHook;
  /** Workloads that do not work. */
  readonly beforeRetirement: pulumi.ResourceHook;
}

/** Declares the twelve secrets of project. */
export function projectSecrets(
  { records, external, running, environment }: Configuration,
  { database: { user } }: ProjectSettings,
  { rows, beforeRetirement }: RetirementHooks,
): ProjectSecrets {
  const declared = (name: string) => ({
    record: recordOf(records, name),
    runningValue: running.get(name),
    environment,
  });
  const taken = (secret: string) => ({
    ...declared(secret),
    secret,
    values: external[secret] ?? {},
    beforeRetirement,
  });
  const database = new DatabaseCredential("project-database", {
    ...declared("POSTGRES_PASSWORD"),
    user,
  });
  const encryption = new Keyring("project-encryption", {
    ...declared("ENCRYPTION_KEY"),
    beforeRetirement: rows,
  });
  const gmail = new ExternalKey("project-gmail-client", taken("GMAIL_CLIENT_SECRET"));
  const vapid = new VapidPair("project-vapid", declared("VAPID_PRIVATE_KEY"));
  return {
    database,
    encryption,
    generations: {
      JWT_SECRET: new JwtKey("project-jwt", declared("JWT_SECRET")).generations,
      DELEGATION_JWT_SECRET: new JwtKey("project-delegation", declared("DELEGATION_JWT_SECRET"))
        .generations,
      POSTGRES_PASSWORD: database.generations,
      ENCRYPTION_KEY: encryption.generations,
      OPENROUTER_API_KEY: new ExternalKey("project-openrouter", taken("OPENROUTER_API_KEY"))
        .generations,
      GMAIL_CLIENT_SECRET: gmailPart(gmail, "secret"),
      GMAIL_STATE_SECRET: new SessionSecret("project-gmail-state", declared("GMAIL_STATE_SECRET"))
        .generations,
      VAPID_PRIVATE_KEY: vapid.generations,
      VAPID_PUBLIC_KEY: vapid.publicGenerations,
      GMAIL_CLIENT_ID: gmailPart(gmail, "clientId"),
      MEILI_API_KEY: new Token("project-meili", declared("MEILI_API_KEY")).generations,
      OPENCLAW_GATEWAY_TOKEN: new Token("project-gateway", declared("OPENCLAW_GATEWAY_TOKEN"))
        .generations,
    },
  };
}

/** The client's id and its secret change together, and each has an entry of its own in the stores. */
function gmailPart(
  { generations }: ExternalKey,
  part: (typeof GMAIL_PARTS)[number],
): SecretGeneration[] {
  return generations.map(({ value, storeVersion, ...live }) => {
    const name = "GMAIL_CLIENT_SECRET";
    const path = `${EXTERNAL}.${name}.${live.slot}`;
    const problem = (what: string) =>
      new ConfigurationError({
        path,
        problem: what,
        allowed: `the JSON text of ${GMAIL_PARTS.join(" and ")}`,
        fix: `take the pair in anew with \`rekey stage ${name}\``,
      });
    if (value === undefined)
      throw problem(
        `refers to version ${storeVersion} of a store, of which the program sees no part`,
      );
    const partOf = (text: string) => {
      const read = readParts(text, GMAIL_PARTS);
      if ("parts" in read) return read.parts[part] ?? "";
      throw problem(read.problem);
    };
    return { ...live, value: pulumi.secret(value.apply(partOf)) };
  });
}
