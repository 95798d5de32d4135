import * as pulumi from "@pulumi/pulumi";
import { Secret } from "@pulumi/kubernetes/core/v1/secret";
import {
  KEYRING_ANNOTATION,
  KUBERNETES_KEY,
  KubernetesSecret,
} from "../../components/stores/kubernetes-secret";
import { entryOf } from "./inventory";
import { ProjectSecrets } from "./secrets";
import { ProjectSettings } from "./settings";

/** What the workloads are declared with. */
export interface WorkloadsArgs {
  readonly settings: ProjectSettings;
  readonly secrets: ProjectSecrets;
  /** The database's users: whoever logs in finds them there. */
  readonly users: pulumi.Resource;
  /** What the cluster needs to make the objects that it keeps in step with a store by itself. */
  readonly synced: readonly pulumi.Resource[];
  readonly beforeRetirement: pulumi.ResourceHook;
}

/** One object a generation of each secret that a workload refers to by itself, but for those that the cluster keeps in step with AWS. */
export function secretObjects({
  settings,
  secrets,
  users,
  beforeRetirement,
}: WorkloadsArgs): ReadonlyMap<string, KubernetesSecret> {
  const { namespace } = settings.kubernetes;
  const { rotatedByFunction, syncedByCluster } = settings.aws;
  const elsewhere: readonly string[] = ["ENCRYPTION_KEY", ...rotatedByFunction, ...syncedByCluster];
  const stored = Object.entries(secrets.generations).filter(([name]) => !elsewhere.includes(name));
  return new Map(
    stored.map(([name, generations]) => [
      name,
      new KubernetesSecret(
        `project-${entryOf(name)}`,
        { namespace, secretName: entryOf(name), generations, beforeRetirement },
        // The database has a password before anybody is handed it.
        name === "POSTGRES_PASSWORD" ? { dependsOn: [users] } : {},
      ),
    ]),
  );
}

/**
 * The keys that the backend decrypts with stand together in one variable, so every list of them is an object of its own, which goes with the
 * next move and is therefore not protected. Not a list that the kubelet makes of one variable a key: clusters before 1.31 append a new
 * variable, and the kubelet knows those before it only.
 */
export function keyringObject({ settings, secrets, beforeRetirement }: WorkloadsArgs): Secret {
  const { keys, keyVersions } = secrets.encryption;
  if (!keys) throw new Error("the keyring has a key that the program does not see");
  const versions = keyVersions.replaceAll(",", "-");
  return new Secret(
    `project-encryption-keys-${versions}`,
    {
      metadata: {
        namespace: settings.kubernetes.namespace,
        name: `encryption-keys-${versions}`,
        labels: { "app.kubernetes.io/managed-by": "rekey" },
        // In the order of the list: by it `rekey convergence` knows which key is which.
        annotations: { [KEYRING_ANNOTATION]: keyVersions },
      },
      type: "Opaque",
      immutable: true,
      stringData: pulumi.secret({ [KUBERNETES_KEY]: keys }),
    },
    { hooks: { beforeDelete: [beforeRetirement] } },
  );
}
