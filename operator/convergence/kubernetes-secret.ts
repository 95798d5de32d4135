import { KUBERNETES_KEY } from "../../components/stores/kubernetes-secret";
import { SecretText } from "../../components/secret-text";
import type { KubernetesClient } from "../kubernetes";
import { kubernetesOfStack } from "../kubernetes-of-stack";
import type { KnownResource } from "../recovery/state";
import {
  type HeldVersion,
  type KnownVersion,
  type Reading,
  type Store,
  type StoreEntry,
  generationIn,
  mapOf,
  nameOf,
  quoted,
  textOf,
} from "./store";

const SECRET = "kubernetes:core/v1:Secret";

/** Kubernetes: one immutable object a generation. An object that was deleted and made again has another uid than the state's. */
export const kubernetesSecretStore: Store = {
  kind: "kubernetes-secret",
  entries,
  reader(config) {
    const client = kubernetesOfStack(config);
    return {
      read: (entry) => read(entry, client),
      undo: ({ at }, { generation }) =>
        `\`kubectl -n ${quoted(at.namespace ?? "")} delete secret ${quoted(`${at.secretName}-g${generation}`)}\`, then \`pulumi refresh\` and \`rekey up\``,
      close: () => client.close(),
    };
  },
};

function entries(resources: readonly KnownResource[]): StoreEntry[] {
  const places = new Map<string, { at: Record<string, string>; known: KnownVersion[] }>();
  for (const resource of resources) {
    const generation = generationIn(nameOf(resource));
    const [, namespace, secretName] = /^([^/]+)\/(.+)-g\d+$/.exec(resource.id ?? "") ?? [];
    if (resource.type !== SECRET || generation === undefined) continue;
    if (namespace === undefined || secretName === undefined) continue;
    const name = `${namespace}/${secretName}`;
    const place = places.get(name) ?? { at: { namespace, secretName }, known: [] };
    places.set(name, place);
    const uid = textOf(mapOf(resource.outputs.metadata), "uid");
    place.known.push({
      generation,
      ...(uid === undefined ? {} : { versionId: uid }),
      active: resource.protect === true,
    });
  }
  return [...places].map(([name, place]) => ({ kind: "kubernetes-secret", name, ...place }));
}

async function read({ at, known }: StoreEntry, client: KubernetesClient): Promise<Reading> {
  const versions = known.map(async ({ generation }): Promise<HeldVersion[]> => {
    const name = `${at.secretName}-g${generation}`;
    const where = { apiVersion: "v1", plural: "secrets", namespace: at.namespace, name };
    const object = await client.read(where);
    if (object === undefined) return [];
    const encoded = mapOf(object.data)[KUBERNETES_KEY];
    const value = typeof encoded === "string" ? new SecretText(encoded) : undefined;
    return [
      {
        versionId: object.metadata.uid ?? "",
        generation,
        ...(value && { value: value.map((text) => Buffer.from(text, "base64").toString("utf8")) }),
      },
    ];
  });
  return { versions: (await Promise.all(versions)).flat() };
}
