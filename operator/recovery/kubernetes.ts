import { KubernetesClient, KubernetesError, KubernetesObject, ObjectName } from "../kubernetes";
import { mapOf, textOf } from "../convergence/store";
import { Interrupted, NOTHING, Settle, Settled, found } from "./settled";

/** The kinds that stacks declare: API version and plural. */
const KINDS: Readonly<Record<string, readonly [string, string]>> = {
  "core/v1:Namespace": ["v1", "namespaces"],
  "core/v1:Secret": ["v1", "secrets"],
  "core/v1:ConfigMap": ["v1", "configmaps"],
  "core/v1:ServiceAccount": ["v1", "serviceaccounts"],
  "core/v1:PersistentVolumeClaim": ["v1", "persistentvolumeclaims"],
  "core/v1:Service": ["v1", "services"],
  "apps/v1:Deployment": ["apps/v1", "deployments"],
  "batch/v1:CronJob": ["batch/v1", "cronjobs"],
  "rbac.authorization.k8s.io/v1:Role": ["rbac.authorization.k8s.io/v1", "roles"],
  "rbac.authorization.k8s.io/v1:RoleBinding": ["rbac.authorization.k8s.io/v1", "rolebindings"],
};

/**
 * Objects of a cluster: what exists becomes a resource of the state, since the provider refuses to make what is there already. An
 * immutable secret that no workload refers to is deleted, to be made again: its value could be that of a generation that never was.
 */
export const kubernetesCreations: Readonly<Record<string, Settle>> = Object.fromEntries(
  Object.entries(KINDS).map(([kind, [apiVersion, plural]]): [string, Settle] => [
    `kubernetes:${kind}`,
    (interrupted) => settleObject(interrupted, apiVersion, plural),
  ]),
);

async function settleObject(
  interrupted: Interrupted,
  apiVersion: string,
  plural: string,
): Promise<Settled> {
  const { resource, cloud } = interrupted;
  const client = cloud.kubernetes();
  const metadata = mapOf(resource.inputs["metadata"]);
  const name = textOf(metadata, "name");
  if (name === undefined) return NOTHING;
  const cluster = plural === "namespaces";
  const namespace = cluster
    ? undefined
    : (textOf(metadata, "namespace") ?? client.access.namespace);
  const at = { apiVersion, plural, namespace, name };
  const live = await client.read(at);
  if (live === undefined) return NOTHING;
  const id = namespace === undefined ? name : `${namespace}/${name}`;
  const settled = found(
    id,
    interrupted,
    byProvider(live) ? live.metadata.creationTimestamp : undefined,
  );
  const immutable = plural === "secrets" && live["immutable"] === true;
  if (settled.kind !== "exists" || !immutable || (await isReferredTo(at, client))) return settled;
  await client.delete(at);
  return { kind: "cleared", what: `secret ${id} deleted: nothing refers to it` };
}

/** Whether a provider of Pulumi wrote it: what else writes into the cluster never made what a creation of ours was refused. */
function byProvider({ metadata: { managedFields = [] } }: KubernetesObject): boolean {
  return managedFields.some(({ manager = "" }) => /^pulumi-(resource-)?kubernetes/.test(manager));
}

/** What can refer to a secret; a cluster that lacks a kind has none of it. */
const WORKLOADS: readonly (readonly [string, string])[] = [
  ["v1", "pods"],
  ["v1", "serviceaccounts"],
  ["apps/v1", "deployments"],
  ["apps/v1", "replicasets"],
  ["apps/v1", "statefulsets"],
  ["apps/v1", "daemonsets"],
  ["batch/v1", "jobs"],
  ["batch/v1", "cronjobs"],
];

/** Where the caller may not look, something might. */
async function isReferredTo(
  { namespace, name }: ObjectName,
  client: KubernetesClient,
): Promise<boolean> {
  for (const [apiVersion, plural] of WORKLOADS)
    try {
      const objects = await client.list({ apiVersion, plural, namespace });
      if (objects.some((object) => mentions({ ...object, metadata: undefined }, name))) return true;
    } catch (error) {
      if (!(error instanceof KubernetesError)) throw error;
      if (error.status === 403) return true;
      if (error.status !== 404) throw error;
    }
  return false;
}

function mentions(value: unknown, name: string): boolean {
  if (typeof value !== "object" || value === null) return value === name;
  return Object.values(value).some((part) => mentions(part, name));
}
