import { RELOAD } from "../../components/consumers/kubernetes-workload";
import { KUBERNETES_KEY } from "../../components/stores/kubernetes-secret";
import { SecretText } from "../../components/secret-text";
import type { KubernetesClient, KubernetesObject } from "../kubernetes";
import type { KnownResource } from "../recovery/state";
import { type Reading, type StoreEntry, mapOf, textOf } from "./store";

const DEPLOYMENT = "kubernetes:apps/v1:Deployment";
/** Ends the name of the object with all that is accepted beside the value in use. */
const ACCEPTED = /-accepted$/;

/** The objects that the cluster itself keeps in step with a store: workloads name them, and no resource of the stack is one. */
export function syncedEntries(resources: readonly KnownResource[]): StoreEntry[] {
  const workloads = new Map<string, { namespace: string; object: string; users: string[] }>();
  for (const { type, id = "", inputs } of resources) {
    const named = textOf(mapOf(mapOf(inputs.metadata).annotations), RELOAD);
    const [, namespace, workload] = /^([^/]+)\/(.+)$/.exec(id) ?? [];
    if (type !== DEPLOYMENT || named === undefined) continue;
    if (namespace === undefined || workload === undefined) continue;
    for (const object of named.split(",").filter((name) => !ACCEPTED.test(name))) {
      const name = `${namespace}/${object}`;
      const place = workloads.get(name) ?? { namespace, object, users: [] };
      place.users.push(workload);
      workloads.set(name, place);
    }
  }
  return [...workloads].map(([name, { namespace, object, users }]) => ({
    kind: "kubernetes-secret",
    name,
    at: { namespace, object },
    known: [],
    syncedFor: users,
  }));
}

/** What such an object holds, and which of the pods that read it began before it held that; undefined where there is none. */
export async function readSynced(
  { at: { namespace = "", object = "" }, syncedFor = [] }: StoreEntry,
  client: KubernetesClient,
): Promise<Reading | undefined> {
  const place = { apiVersion: "v1", namespace };
  const found = await client.read({ ...place, plural: "secrets", name: object });
  if (found === undefined) return undefined;
  const encoded = mapOf(found.data)[KUBERNETES_KEY];
  const value =
    typeof encoded === "string"
      ? new SecretText(Buffer.from(encoded, "base64").toString("utf8"))
      : undefined;
  const since = changedAt(found);
  const outdated: string[] = [];
  for (const workload of syncedFor) {
    const labels = { "app.kubernetes.io/name": workload };
    const pods = await client.list({ ...place, plural: "pods" }, labels);
    if (pods.some((pod) => isRunning(pod) && timeOf(pod.metadata.creationTimestamp) < since))
      outdated.push(workload);
  }
  const versionId = found.metadata.uid ?? "";
  return {
    versions: [{ versionId, current: true, ...(value === undefined ? {} : { value }) }],
    outdated,
  };
}

/** When an object last changed, in milliseconds: whoever writes it leaves the time. The API rounds to seconds, as it does for pods. */
function changedAt({ metadata }: KubernetesObject): number {
  const times = (metadata.managedFields ?? []).map(({ time }) => timeOf(time));
  return Math.max(timeOf(metadata.creationTimestamp), ...times);
}

function timeOf(text: string | undefined): number {
  return text === undefined ? 0 : Date.parse(text);
}

function isRunning({ metadata, status }: KubernetesObject): boolean {
  const phase = textOf(mapOf(status), "phase");
  return metadata.deletionTimestamp === undefined && phase !== "Succeeded" && phase !== "Failed";
}
