import type { KubernetesObject } from "../../../operator/kubernetes";
import type { Kubernetes, KubernetesContext } from "./config";
import { kubernetesObject } from "./resource";
import type { Resource } from "../protocol/resource";

const core = (kind: string) => `kubernetes:core/v1:${kind}`;
const RBAC = "rbac.authorization.k8s.io/v1";

interface Counts {
  readonly observedGeneration?: number;
  readonly replicas?: number;
  readonly updatedReplicas?: number;
  readonly availableReplicas?: number;
  readonly conditions?: readonly { type: string; status: string; message?: string }[];
}

/** A rollout is done when every replica is of the newest template and available, and none of an older one is left. That its own deadline is over ends nothing. */
function rollout(live: KubernetesObject): string | undefined {
  const wanted = (live.spec as { replicas?: number }).replicas ?? 1;
  const status = (live.status ?? {}) as Counts;
  const {
    observedGeneration = 0,
    replicas = 0,
    updatedReplicas = 0,
    availableReplicas = 0,
    conditions = [],
  } = status;
  const seen = observedGeneration >= (live.metadata.generation ?? 0);
  const done =
    seen && [replicas, updatedReplicas, availableReplicas].every((one) => one === wanted);
  if (done) return undefined;
  const broken = conditions.filter((one) => one.status === "False" && one.message);
  const counted = `${availableReplicas} of ${wanted} replicas are available, ${updatedReplicas} of them new`;
  return [counted, ...broken.map(({ message }) => message)].join("; ");
}

/** A service waits for its address, if it is to have one outside, and for every pod that it has to be ready. */
async function unserved(
  { metadata: { namespace, name }, spec, status }: KubernetesObject,
  { client: { client } }: KubernetesContext,
): Promise<string | undefined> {
  const { loadBalancer } = (status ?? {}) as { loadBalancer?: { ingress?: unknown[] } };
  const outside = (spec as { type?: string }).type === "LoadBalancer";
  if (outside && !loadBalancer?.ingress?.length) return "it has no address";
  const endpoints = await client.read({ apiVersion: "v1", plural: "endpoints", namespace, name });
  const subsets = (endpoints?.subsets ?? []) as { notReadyAddresses?: unknown[] }[];
  return subsets.some(({ notReadyAddresses = [] }) => notReadyAddresses.length > 0)
    ? "pods that it selects are not ready"
    : undefined;
}

/** Why the pods of a deployment do not run, in the kubelet's words. */
async function podTroubles(live: KubernetesObject, context: KubernetesContext): Promise<string[]> {
  const { selector } = live.spec as { selector: { matchLabels: Record<string, string> } };
  const where = { apiVersion: "v1", plural: "pods", namespace: live.metadata.namespace };
  const pods = await context.client.client.list(where, selector.matchLabels);
  return pods.flatMap(({ metadata, status }) => {
    const { containerStatuses = [] } = status as {
      containerStatuses?: { state: { waiting?: { reason: string; message: string } } }[];
    };
    return containerStatuses.flatMap(({ state: { waiting } }) =>
      waiting ? [`pod ${metadata.name}: ${waiting.reason}: ${waiting.message}`] : [],
    );
  });
}

function encoded(text: string): string {
  return Buffer.from(text).toString("base64");
}

/** Every kind of object that the provider manages. */
export const objects: readonly Resource<Kubernetes>[] = [
  kubernetesObject({
    ...{ token: core("Namespace"), apiVersion: "v1", kind: "Namespace", plural: "namespaces" },
    namespaced: false,
  }),
  kubernetesObject({
    ...{ token: core("Secret"), apiVersion: "v1", kind: "Secret", plural: "secrets" },
    // As the official provider has it: what a workload reads at its start is never changed under it.
    replaceOn: ["data", "stringData", "type"],
    secretOutputs: ["data", "stringData"],
    turns: { from: "stringData", to: "data", entry: encoded },
  }),
  kubernetesObject({
    ...{ token: core("ConfigMap"), apiVersion: "v1", kind: "ConfigMap", plural: "configmaps" },
    replaceOn: ["data", "binaryData"],
  }),
  kubernetesObject({
    ...{ token: core("ServiceAccount"), apiVersion: "v1", kind: "ServiceAccount" },
    plural: "serviceaccounts",
  }),
  kubernetesObject({
    ...{ token: core("PersistentVolumeClaim"), apiVersion: "v1", kind: "PersistentVolumeClaim" },
    plural: "persistentvolumeclaims",
    // Its size grows in place.
    replaceOn: ["spec.accessModes", "spec.selector", "spec.storageClassName", "spec.volumeName"],
    hasStatus: true,
    pending: ({ status }) =>
      (status as { phase?: string } | undefined)?.phase === "Bound"
        ? undefined
        : "the claim is not bound",
  }),
  kubernetesObject({
    ...{ token: core("Service"), apiVersion: "v1", kind: "Service", plural: "services" },
    hasStatus: true,
    replaceOn: ["spec.clusterIP"],
    pending: unserved,
  }),
  kubernetesObject({
    ...{ token: "kubernetes:apps/v1:Deployment", apiVersion: "apps/v1", kind: "Deployment" },
    plural: "deployments",
    replaceOn: ["spec.selector"],
    hasStatus: true,
    pending: rollout,
    explain: podTroubles,
  }),
  kubernetesObject({
    ...{ token: "kubernetes:batch/v1:CronJob", apiVersion: "batch/v1", kind: "CronJob" },
    plural: "cronjobs",
  }),
  kubernetesObject({
    ...{ token: `kubernetes:${RBAC}:Role`, apiVersion: RBAC, kind: "Role", plural: "roles" },
  }),
  kubernetesObject({
    ...{ token: `kubernetes:${RBAC}:RoleBinding`, apiVersion: RBAC, kind: "RoleBinding" },
    plural: "rolebindings",
    replaceOn: ["roleRef"],
  }),
];
