/** Parts of a rollout that hold no state: bounds of a rolling update, conditions, and the objects that a controller writes. */
import type { KubeObject, ObjectStore, Place } from "./objects";
import type { DeploymentSpec } from "./schemas";

/** Writes an object of a controller's own; what is there already keeps its identity. */
export function putOwned(
  objects: ObjectStore,
  place: Place,
  { labels, ...rest }: { labels: Record<string, string>; spec: object; status: object },
): void {
  const old = objects.find(place);
  objects.put(place, { ...rest, metadata: { ...old?.metadata, labels } } as unknown as KubeObject);
}

/** A condition as a status holds it. */
export function condition(type: string, is: boolean, reason: string): object {
  return { type, status: is ? "True" : "False", reason };
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
