import { readFileSync } from "node:fs";
import { z } from "zod";
import { SecretText } from "../../../components/secret-text";
import { VaultClient } from "../../../operator/vault";
import type { Context } from "../protocol/resource";
import type { Properties } from "../protocol/values";

const LOOPBACK = /^https?:\/\/(127\.\d+\.\d+\.\d+|localhost|\[::1\])(:\d+)?\/?$/;

const text = z.string().min(1);
const flag = z.union([z.boolean(), z.enum(["true", "false"])]);
const count = z.union([z.number().int(), z.string().regex(/^\d+$/)]);

/**
 * The settings of the vault provider, named as the official one names them. Address, token and certificate come from `VAULT_ADDR`,
 * `VAULT_TOKEN` and `VAULT_CACERT` where they are not set. The address must be on loopback: this provider never speaks to a Vault elsewhere.
 */
export const vaultConfig = z.strictObject({
  address: text
    .regex(LOOPBACK, { message: "must be an address on this machine (https://127.0.0.1:<port>)" })
    .optional(),
  token: text.optional(),
  caCertFile: text.optional(),
  skipChildToken: flag.optional(),
  tokenName: text.optional(),
  maxLeaseTtlSeconds: count.optional(),
  // No resource needs these: nothing is tried twice here, and the version of the server makes no difference.
  maxRetries: count.optional(),
  skipGetVaultVersion: flag.optional(),
});

/** What the resources of the vault provider work with. */
export interface VaultAccess {
  /** The client with the token that the provider works with: the given one, or, unless `skipChildToken`, a short-lived child of it. */
  client(): Promise<VaultClient>;
}

/** The context of a resource of this provider. */
export type VaultContext = Context<VaultAccess>;

/** Seconds that a child token lives, as with the official provider. */
const CHILD_TTL = 1200;
/** Longest that one call may take; the official provider's 60 are for a network. */
const TIMEOUT_S = 10;

/** Makes the client; a call may take `VAULT_CLIENT_TIMEOUT` seconds, 10 unless set. @throws where the address, the token or the certificate is missing, naming the setting. */
export function configureVault(config: Properties): VaultAccess {
  const env = process.env;
  const settings = vaultConfig.parse({
    ...(env.VAULT_ADDR ? { address: env.VAULT_ADDR } : {}),
    ...(env.VAULT_TOKEN ? { token: env.VAULT_TOKEN } : {}),
    ...(env.VAULT_CACERT ? { caCertFile: env.VAULT_CACERT } : {}),
    ...config,
  });
  const { address, token, caCertFile, tokenName, skipChildToken, maxLeaseTtlSeconds } = settings;
  if (address === undefined) throw missing("vault:address", "VAULT_ADDR");
  if (token === undefined) throw missing("vault:token", "VAULT_TOKEN");
  const caCert = caCertFile === undefined ? undefined : readFileSync(caCertFile, "utf8");
  const timeoutMs = timeoutSeconds(env.VAULT_CLIENT_TIMEOUT) * 1000;
  const given = new VaultClient({ address, caCert, token: new SecretText(token), timeoutMs });
  if (String(skipChildToken) === "true") return { client: () => Promise.resolve(given) };
  const ttl = Number(maxLeaseTtlSeconds ?? CHILD_TTL);
  let child: Promise<VaultClient> | undefined;
  return { client: () => (child ??= childOf(given, tokenName ?? "pulumi", ttl)) };
}

async function childOf(given: VaultClient, name: string, ttl: number): Promise<VaultClient> {
  const { auth } = await given.write("auth/token/create", {
    display_name: name,
    ttl: `${ttl}s`,
    explicit_max_ttl: `${ttl}s`,
    renewable: false,
  });
  return given.as(new SecretText(String(auth?.client_token)));
}

function timeoutSeconds(given: string | undefined): number {
  if (given === undefined || given === "") return TIMEOUT_S;
  const seconds = Number(/^(\d+)s?$/.exec(given)?.[1]);
  if (seconds > 0) return seconds;
  throw new Error("VAULT_CLIENT_TIMEOUT is no number of seconds; allowed: 1 and more, such as 30");
}

function missing(setting: string, variable: string): Error {
  const secret = setting.endsWith("token") ? "--secret " : "";
  return new Error(
    `${setting} is missing: set it with \`pulumi config set ${secret}${setting}\`, or ${variable} in the environment`,
  );
}
