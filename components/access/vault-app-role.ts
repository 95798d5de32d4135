import * as pulumi from "@pulumi/pulumi";
import { Policy } from "@pulumi/vault/policy";
import { AuthBackendRole } from "@pulumi/vault/approle";
import { VaultRoleArgs, readPolicy, tokenBounds } from "./vault-policy";

/** Arguments of {@link VaultAppRole}. */
export interface VaultAppRoleArgs extends VaultRoleArgs {
  /** Seconds until a secret id that was handed out stops working; 90 days unless set. */
  readonly secretIdTtl?: number;
  /** Log-ins that a secret id is good for; any number unless set. */
  readonly secretIdUses?: number;
}

const SECRET_ID_TTL = 90 * 24 * 3600;

/**
 * Lets one service log in to Vault by AppRole and read exactly the secrets that it uses, with tokens of bounded life. The program makes no
 * secret id, so none is in the state: whoever deploys the service hands it one (`vault write -f auth/approle/role/<role>/secret-id`).
 */
export class VaultAppRole extends pulumi.ComponentResource {
  /** The role's id, the half of the log-in that is no secret. */
  readonly roleId: pulumi.Output<string>;

  constructor(name: string, args: VaultAppRoleArgs, opts?: pulumi.ComponentResourceOptions) {
    super("rekey:index:VaultAppRole", name, {}, opts);
    const { roleName, cidrs, backend = "approle", secretIdTtl = SECRET_ID_TTL } = args;
    const policy = new Policy(
      `${name}-policy`,
      { name: roleName, policy: readPolicy(args) },
      { parent: this },
    );
    const role = new AuthBackendRole(
      `${name}-role`,
      {
        backend,
        roleName,
        secretIdTtl,
        ...(args.secretIdUses === undefined ? {} : { secretIdNumUses: args.secretIdUses }),
        ...(cidrs === undefined ? {} : { secretIdBoundCidrs: [...cidrs] }),
        ...tokenBounds(args, roleName),
      },
      { parent: this, dependsOn: policy },
    );
    this.roleId = role.roleId;
    this.registerOutputs({ roleId: this.roleId });
  }
}
