import * as pulumi from "@pulumi/pulumi";
import { acceptedName } from "../accepted-name";
import { Accepts } from "../inventory";
import { KUBERNETES_KEY, KubernetesSecret } from "../stores/kubernetes-secret";

/** A variable of a container whose value the kubelet reads from a named generation's object. */
export interface KubernetesSecretEnv {
  readonly name: string;
  /** The object's name, of one generation: what runs is what was reviewed. */
  readonly secretName: pulumi.Input<string>;
  /** The key in it; `value` unless set. */
  readonly key?: string;
  /** True where a pod starts without the variable while the object or the key is not there. */
  readonly optional?: boolean;
  /** True where the cluster itself keeps the object in step with a store, so that pods are to start anew when it changes. */
  readonly synced?: boolean;
}

/**
 * The variables by which a container gets a secret: `<NAME>` is the active value, and where it accepts `many`, `<NAME>_ACCEPTED_<SLOT>` each
 * live one.
 */
export function kubernetesSecretEnv(
  name: string,
  store: KubernetesSecret,
  accepts: Accepts,
): KubernetesSecretEnv[] {
  const accepted = accepts === "many" ? Object.entries(store.names) : [];
  return [
    { name, secretName: store.activeName },
    ...accepted.map(([slot, secretName]) => ({
      name: acceptedName(name, slot),
      secretName,
    })),
  ];
}

/**
 * What is accepted of a secret that a rotation function rotates: the staging label of each key of `<object>-accepted`, in the order in which a
 * sync has to read them. AWSPENDING comes first: a value that loses this label while the sync reads is under AWSCURRENT by then.
 */
export const SYNCED_LABELS = {
  pending: "AWSPENDING",
  current: "AWSCURRENT",
  previous: "AWSPREVIOUS",
} as const;

/**
 * The variables by which a container gets a secret that the cluster itself keeps in step with its store, since a rotation function writes it
 * there: `<NAME>` is `value` of the object, and where it accepts `many`, `<NAME>_ACCEPTED_<KEY>` each key of `<object>-accepted`
 * ({@link SYNCED_LABELS}) that is there. The sync must make the first object before a pod can start.
 */
export function syncedSecretEnv(
  name: string,
  objectName: string,
  accepts: Accepts,
): KubernetesSecretEnv[] {
  const keys = accepts === "many" ? Object.keys(SYNCED_LABELS) : [];
  const accepted = { secretName: `${objectName}-accepted`, optional: true, synced: true };
  return [
    { name, secretName: objectName, synced: true },
    ...keys.map((key) => ({ ...accepted, key, name: acceptedName(name, key) })),
  ];
}

/** A container's variables, plain ones first. */
export function kubernetesEnv(
  env: Readonly<Record<string, pulumi.Input<string>>>,
  secretEnv: readonly KubernetesSecretEnv[],
) {
  return [
    ...Object.entries(env).map(([name, value]) => ({ name, value })),
    ...secretEnv.map(({ name, secretName, key = KUBERNETES_KEY, optional }) => ({
      name,
      valueFrom: {
        secretKeyRef: { name: secretName, key, ...(optional === undefined ? {} : { optional }) },
      },
    })),
  ];
}
