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

/** A container's variables, plain ones first. */
export function kubernetesEnv(
  env: Readonly<Record<string, pulumi.Input<string>>>,
  secretEnv: readonly KubernetesSecretEnv[],
) {
  return [
    ...Object.entries(env).map(([name, value]) => ({ name, value })),
    ...secretEnv.map(({ name, secretName, key = KUBERNETES_KEY }) => ({
      name,
      valueFrom: { secretKeyRef: { name: secretName, key } },
    })),
  ];
}
