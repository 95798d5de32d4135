/** Parts of a rollout that hold no state: bounds of a rolling update, conditions, and the objects that a controller writes. */
import type { KubeObject, ObjectStore, OwnerReference, Place } from "./objects";
import type { DeploymentSpec } from "./schemas";

/** Which rollout of its deployment a replica set, and the deployment itself, is of. */
export const REVISION = "deployment.kubernetes.io/revision";

/** What a controller says of an object of its own. */
export interface Owned {
  readonly labels: Record<string, string>;
  readonly annotations?: Record<string, string>;
  readonly owner: KubeObject | undefined;
  readonly deletionTimestamp?: string | undefined;
  readonly spec: object;
  readonly status: object;
}

/** Writes an object of a controller's own; what is there already keeps its identity. */
export function putOwned(
  objects: ObjectStore,
  place: Place,
  { labels, annotations, owner, deletionTimestamp, ...rest }: Owned,
): void {
  const old = objects.find(place);
  const described = {
    labels,
    ...(annotations && { annotations }),
    ...(owner && { ownerReferences: [ownerOf(owner)] }),
    ...(deletionTimestamp !== undefined && { deletionTimestamp }),
  };
  const metadata = { ...old?.metadata, ...described };
  objects.put(place, { ...rest, metadata } as unknown as KubeObject);
}

function ownerOf({ apiVersion, kind, metadata: { name, uid } }: KubeObject): OwnerReference {
  return { apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true };
}

/** A condition as a status holds it. */
function condition(type: string, is: boolean, reason: string, message = ""): object {
  return { type, status: is ? "True" : "False", reason, message };
}

/** What a deployment says of how far it is: whether enough pods serve, and whether its newest template is on its way. */
export function conditions(
  set: string,
  { available, done, late }: { available: boolean; done: boolean; late: boolean },
): object[] {
  const minimum = available ? "MinimumReplicasAvailable" : "MinimumReplicasUnavailable";
  const has = `Deployment ${available ? "has" : "does not have"} minimum availability.`;
  const [reason, how] = late
    ? ["ProgressDeadlineExceeded", "has timed out progressing"]
    : done
      ? ["NewReplicaSetAvailable", "has successfully progressed"]
      : ["ReplicaSetUpdated", "is progressing"];
  return [
    condition("Available", available, minimum, has),
    condition("Progressing", !late, reason, `ReplicaSet "${set}" ${how}.`),
  ];
}

/** What a pod of one container says of how far it is: it has its place from the start, and nothing runs before its container. */
export function podConditions(ready: boolean, container: string): object[] {
  const why = ready ? "" : "ContainersNotReady";
  const unready = ready ? "" : `containers with unready status: [${container}]`;
  return [
    condition("PodScheduled", true, ""),
    condition("Initialized", true, ""),
    condition("ContainersReady", ready, why, unready),
    condition("Ready", ready, why, unready),
  ];
}

/** How many pods a rolling update may have above and below what is wanted. */
export function bounds(spec: DeploymentSpec, replicas: number) {
  const { maxSurge = "25%", maxUnavailable = "25%" } = spec.strategy?.rollingUpdate ?? {};
  const surge = shareOf(maxSurge, replicas, Math.ceil);
  const unavailable = shareOf(maxUnavailable, replicas, Math.floor);
  // As the real controller has it: one of the two must let something move.
  return { maxSurge: surge, maxUnavailable: surge === 0 && unavailable === 0 ? 1 : unavailable };
}

function shareOf(share: number | string, of: number, round: (value: number) => number): number {
  return typeof share === "number" ? share : round((Number(share.replace("%", "")) / 100) * of);
}
