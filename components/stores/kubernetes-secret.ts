import * as pulumi from "@pulumi/pulumi";
import { Secret } from "@pulumi/kubernetes/core/v1/secret";
import { CredentialGeneration, SecretGeneration, activeOf, guarded } from "../generations";
import { Slot } from "../rotation";

/** Arguments of {@link KubernetesSecret}. */
export interface KubernetesSecretArgs {
  readonly namespace: string;
  /** The objects' common name: generation 5 is `<secretName>-g5`. A setting of its own: never derived from the environment. */
  readonly secretName: string;
  /** The live generations of one secret. */
  readonly generations: readonly (SecretGeneration &
    Partial<Pick<CredentialGeneration, "username">>)[];
  /** Runs before a retired generation's object is deleted and holds it back while it fails. */
  readonly beforeRetirement?: pulumi.ResourceHook;
}

/** On an object with several keys, comma-separated: the generation of each, in the same order, for example `2,1`. */
export const KEYRING_ANNOTATION = "rekey.generations";

/** The key under which an object holds the value; `username` stands beside it for a credential. */
export const KUBERNETES_KEY = "value";

/**
 * Keeps a secret in Kubernetes: one immutable object a generation (`<secretName>-g5`), so that an activation changes a name, which rolls the
 * workload, and a preview shows that name. The object of a generation in grace stays; a retirement deletes it after everything else in the
 * update succeeded. A value that was found in the cluster is referred to by its object's name and never touched.
 */
export class KubernetesSecret extends pulumi.ComponentResource {
  /** The object's name of each live slot: known in previews. */
  readonly names: Readonly<Record<Slot, pulumi.Output<string>>>;
  /** The object of the active generation. */
  readonly activeName: pulumi.Output<string>;
  /** The active generation. */
  readonly generation: number;

  constructor(name: string, args: KubernetesSecretArgs, opts?: pulumi.ComponentResourceOptions) {
    super("rekey:index:KubernetesSecret", name, {}, opts);
    const active = activeOf(args.generations);
    this.generation = active.generation;
    this.names = Object.fromEntries(
      args.generations.map((live) => [live.slot, objectName(name, live, args, this)]),
    );
    this.activeName = this.names[active.slot] as pulumi.Output<string>;
    this.registerOutputs({ activeName: this.activeName, generation: this.generation });
  }
}

function objectName(
  name: string,
  live: KubernetesSecretArgs["generations"][number],
  { namespace, secretName, beforeRetirement }: KubernetesSecretArgs,
  parent: pulumi.Resource,
): pulumi.Output<string> {
  const { value, username, generation, storeVersion } = live;
  if (value === undefined) return pulumi.output(storeVersion ?? secretName);
  const object = new Secret(
    `${name}-g${generation}`,
    {
      metadata: {
        namespace,
        name: `${secretName}-g${generation}`,
        labels: { "app.kubernetes.io/managed-by": "rekey" },
        annotations: { "rekey.generation": String(generation) },
      },
      type: "Opaque",
      immutable: true,
      stringData: pulumi.secret({
        [KUBERNETES_KEY]: value,
        ...(username === undefined ? {} : { username }),
      }),
    },
    guarded(live, {
      parent,
      ...(beforeRetirement ? { hooks: { beforeDelete: [beforeRetirement] } } : {}),
    }),
  );
  return object.metadata.name;
}
