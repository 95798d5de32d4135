import { KEYRING_ANNOTATION, KUBERNETES_KEY } from "../../components/stores/kubernetes-secret";
import { SecretText } from "../../components/secret-text";
import type { KubernetesClient } from "../kubernetes";
import { kubernetesOfStack } from "../kubernetes-of-stack";
import type { KnownResource } from "../recovery/state";
import { readSynced, syncedEntries } from "./kubernetes-synced";
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

/**
 * Kubernetes: one immutable object a generation, or one with a keyring's list of keys. An object that was deleted and made again has another
 * uid than the state's.
 */
export const kubernetesSecretStore: Store = {
  kind: "kubernetes-secret",
  entries,
  reader(config) {
    const client = kubernetesOfStack(config);
    return {
      read: (entry) => (entry.syncedFor ? readSynced(entry, client) : read(entry, client)),
      undo: (entry, { generation }) =>
        `\`kubectl -n ${quoted(entry.at.namespace ?? "")} delete secret ${quoted(objectOf(entry, generation))}\`, then \`pulumi refresh\` and \`rekey up\``,
      close: () => client.close(),
    };
  },
};

function entries(resources: readonly KnownResource[]): StoreEntry[] {
  return [...singles(resources), ...keyrings(resources), ...syncedEntries(resources)];
}

/** A list of keys, under the name that its objects have in common: the list's own is at the end of each. */
function keyrings(resources: readonly KnownResource[]): StoreEntry[] {
  return resources.flatMap(({ type, id = "", inputs, outputs }) => {
    const { annotations } = mapOf(inputs.metadata);
    const list = textOf(mapOf(annotations), KEYRING_ANNOTATION);
    const [, namespace, object] = /^([^/]+)\/(.+)$/.exec(id) ?? [];
    if (type !== SECRET || list === undefined) return [];
    if (namespace === undefined || object === undefined) return [];
    const uid = textOf(mapOf(outputs.metadata), "uid");
    const known = list.split(",").map((generation, index): KnownVersion => ({
      generation: Number(generation),
      ...(uid === undefined ? {} : { versionId: uid }),
      active: index === 0,
    }));
    const name = `${namespace}/${object.replace(/(-\d+)+$/, "")}`;
    return [{ kind: "kubernetes-secret", name, at: { namespace, object }, known }];
  });
}

function singles(resources: readonly KnownResource[]): StoreEntry[] {
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

function objectOf({ at }: StoreEntry, generation: number | undefined): string {
  return at.object ?? `${at.secretName}-g${generation}`;
}

async function read(entry: StoreEntry, client: KubernetesClient): Promise<Reading> {
  const { at, known } = entry;
  const versions = known.map(async ({ generation }, index): Promise<HeldVersion[]> => {
    const name = objectOf(entry, generation);
    const where = { apiVersion: "v1", plural: "secrets", namespace: at.namespace, name };
    const object = await client.read(where);
    if (object === undefined) return [];
    const encoded = mapOf(object.data)[KUBERNETES_KEY];
    const text =
      typeof encoded === "string" ? Buffer.from(encoded, "base64").toString("utf8") : undefined;
    const value = at.object === undefined ? text : text?.split(",")[index];
    return [
      {
        versionId: object.metadata.uid ?? "",
        generation,
        ...(value === undefined ? {} : { value: new SecretText(value) }),
      },
    ];
  });
  return { versions: (await Promise.all(versions)).flat() };
}
