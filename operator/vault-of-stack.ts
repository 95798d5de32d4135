import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { ConfigMap } from "@pulumi/pulumi/automation";
import { SecretText } from "../components/secret-text";
import { RekeyError } from "./errors";
import { VaultClient } from "./vault";

/**
 * A client for the Vault of a stack, by its provider's own settings or, where they leave one out, the environment variables that Vault's own
 * command line reads. Close it in the end.
 *
 * @throws RekeyError (exit 2) that says what to set where address or token is missing.
 */
export function vaultOfStack(config: ConfigMap): VaultClient {
  const setting = (key: string, variable: string) =>
    config[`vault:${key}`]?.value || process.env[variable] || undefined;
  const address = setting("address", "VAULT_ADDR");
  if (address === undefined)
    throw missing(
      "vault:address is missing: set it with `pulumi config set vault:address`, or VAULT_ADDR",
    );
  const caCertFile = setting("caCertFile", "VAULT_CACERT");
  return new VaultClient({
    address,
    token: SecretText.from(setting("token", "VAULT_TOKEN") ?? loggedIn()),
    caCert: caCertFile === undefined ? undefined : readFileSync(caCertFile, "utf8"),
    namespace: setting("namespace", "VAULT_NAMESPACE"),
  });
}

/** What `vault login` left. */
function loggedIn(): string {
  try {
    return readFileSync(join(homedir(), ".vault-token"), "utf8").trim();
  } catch (error) {
    throw missing(
      "there is no token for Vault: log in with `vault login`, or set VAULT_TOKEN in the environment",
      error,
    );
  }
}

function missing(message: string, cause?: unknown): RekeyError {
  return new RekeyError({ code: "configuration", exitCode: 2, message, cause });
}
