import type { Provider } from "./protocol/resource";
import { configureVault, type VaultAccess, vaultConfig } from "./vault/config";
import { kvSecret } from "./vault/kv-secret";
import { appRole, kubernetesRole } from "./vault/roles";
import { authBackend, mount, policy } from "./vault/system";

/**
 * Stands in for the official vault provider in a rehearsal, for the resources that the stacks use. It translates them into calls of
 * Vault's own HTTP API, through the client that the operator's checks use, and refuses every address that is not on this machine.
 */
export const vaultProvider: Provider<VaultAccess> = {
  name: "vault",
  version: "7.8.0",
  config: vaultConfig,
  configure: configureVault,
  resources: [kvSecret, policy, mount, authBackend, appRole, kubernetesRole],
};
