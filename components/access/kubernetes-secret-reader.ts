import * as pulumi from "@pulumi/pulumi";
import { Role } from "@pulumi/kubernetes/rbac/v1/role";
import { RoleBinding } from "@pulumi/kubernetes/rbac/v1/roleBinding";

/** Arguments of {@link KubernetesSecretReader}. */
export interface KubernetesSecretReaderArgs {
  readonly namespace: string;
  /** The service account that reads, and its namespace where that is another. */
  readonly serviceAccount: string;
  readonly accountNamespace?: string;
  /** Exactly the objects that it reads, by name: one for each generation that it uses. */
  readonly secretNames: readonly pulumi.Input<string>[];
}

/**
 * Lets one service account read exactly these secrets through the API, and list none: for programs that read secrets themselves. A workload whose
 * variables refer to secrets needs no such right, because the kubelet reads for it.
 */
export class KubernetesSecretReader extends pulumi.ComponentResource {
  constructor(
    name: string,
    args: KubernetesSecretReaderArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("rekey:index:KubernetesSecretReader", name, {}, opts);
    const { namespace, serviceAccount, accountNamespace = namespace, secretNames } = args;
    const metadata = { namespace, name: `${serviceAccount}-secrets` };
    const role = new Role(
      `${name}-role`,
      {
        metadata,
        rules: [
          {
            apiGroups: [""],
            resources: ["secrets"],
            resourceNames: [...secretNames],
            verbs: ["get"],
          },
        ],
      },
      { parent: this },
    );
    new RoleBinding(
      `${name}-binding`,
      {
        metadata,
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: role.metadata.name },
        subjects: [{ kind: "ServiceAccount", name: serviceAccount, namespace: accountNamespace }],
      },
      { parent: this },
    );
    this.registerOutputs({});
  }
}
