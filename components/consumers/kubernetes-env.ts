import * as pulumi from "@pulumi/pulumi";
import { Accepts } from "../inventory";
import { Keyring } from "../secrets/keyring";
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
      name: `${name}_ACCEPTED_${slot.toUpperCase()}`,
      secretName,
    })),
  ];
}

/** The variables of a keyring: one a live key, and the list that is made of them in the container. */
export interface KubernetesKeyringEnv {
  readonly secretEnv: readonly KubernetesSecretEnv[];
  readonly composedEnv: Readonly<Record<string, string>>;
}

/**
 * The variables by which a container gets a keyring: `<NAME>` lists every live key, the active one first, in the order of
 * `Keyring.keyVersions`; the kubelet makes the list of `<NAME>_ACCEPTED_<SLOT>`, each from the object of its own generation.
 */
export function kubernetesKeyringEnv(
  name: string,
  store: KubernetesSecret,
  { forConsumers }: Keyring,
): KubernetesKeyringEnv {
  const secretEnv = forConsumers.accepted.map(({ slot }) => ({
    name: `${name}_ACCEPTED_${slot.toUpperCase()}`,
    secretName: store.names[slot] as pulumi.Output<string>,
  }));
  const list = secretEnv.map((one) => `$(${one.name})`).join(",");
  return { secretEnv, composedEnv: { [name]: list } };
}

/** A container's variables: plain ones first, and those that are made of others last, as the kubelet needs it. */
export function kubernetesEnv(
  env: Readonly<Record<string, pulumi.Input<string>>>,
  secretEnv: readonly KubernetesSecretEnv[],
  composedEnv: Readonly<Record<string, string>> = {},
) {
  const plain = (all: Readonly<Record<string, pulumi.Input<string>>>) =>
    Object.entries(all).map(([name, value]) => ({ name, value }));
  return [
    ...plain(env),
    ...secretEnv.map(({ name, secretName, key = KUBERNETES_KEY }) => ({
      name,
      valueFrom: { secretKeyRef: { name: secretName, key } },
    })),
    ...plain(composedEnv),
  ];
}
