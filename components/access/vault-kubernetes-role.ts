import * as pulumi from "@pulumi/pulumi";
import { Policy } from "@pulumi/vault/policy";
import { AuthBackendRole } from "@pulumi/vault/kubernetes";
import { VaultRoleArgs, readPolicy, tokenBounds } from "./vault-policy";

/** Arguments of {@link VaultKubernetesRole}. */
export interface VaultKubernetesRoleArgs extends VaultRoleArgs {
  /** The service account whose pods may log in; exactly one, never `*`. */
  readonly serviceAccount: string;
  /** The namespace that it is in. */
  readonly namespace: string;
  /** The audience that its token must be made for; `vault` unless set. */
  readonly audience?: string;
}

/** Lets the pods of one service account log in to Vault with that account's token, and read exactly the secrets that they use. No credential to keep. */
export class VaultKubernetesRole extends pulumi.ComponentResource {
  constructor(name: string, args: VaultKubernetesRoleArgs, opts?: pulumi.ComponentResourceOptions) {
    super("rekey:index:VaultKubernetesRole", name, {}, opts);
    const { roleName, backend = "kubernetes", serviceAccount, namespace } = args;
    const policy = new Policy(
      `${name}-policy`,
      { name: roleName, policy: readPolicy(args) },
      { parent: this },
    );
    new AuthBackendRole(
      `${name}-role`,
      {
        backend,
        roleName,
        boundServiceAccountNames: [serviceAccount],
        boundServiceAccountNamespaces: [namespace],
        audience: args.audience ?? "vault",
        ...tokenBounds(args, roleName),
      },
      { parent: this, dependsOn: policy },
    );
    this.registerOutputs({});
  }
}
