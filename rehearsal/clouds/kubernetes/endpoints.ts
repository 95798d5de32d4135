/** The endpoints of each service, as the controller of a cluster lists them: the pods that its selector fits, ready and not. */
import { kindOf } from "./kinds";
import type { KubeObject, ObjectStore } from "./objects";
import type { ServiceSpec } from "./schemas";

/** A pod has no address of its own in the fake. */
const ADDRESS = "127.0.0.1";

/** Keeps the endpoints of every service in step with the pods. */
export function keepEndpoints(objects: ObjectStore): void {
  objects.onChange((kind, { metadata: { name, namespace = "" } }, how) => {
    const place = { kind: kindOf("Endpoints"), namespace, name };
    if (kind.kind === "Service" && how === "deleted" && objects.find(place)) objects.remove(place);
    if (kind.kind !== "Service" && kind.kind !== "Pod") return;
    for (const service of objects.list(kindOf("Service"), namespace)) publish(objects, service);
  });
}

function publish(objects: ObjectStore, { metadata, spec }: KubeObject): void {
  const { name, namespace = "" } = metadata;
  const { selector, ports } = spec as ServiceSpec;
  const pods = objects
    .list(kindOf("Pod"), namespace)
    .filter(({ metadata: { labels = {}, deletionTimestamp } }) => {
      const fits = Object.entries(selector).every(([key, value]) => labels[key] === value);
      return fits && deletionTimestamp === undefined;
    });
  const [ready, others] = [pods.filter(isReady), pods.filter((pod) => !isReady(pod))];
  const subset = {
    ...(ready.length > 0 && { addresses: ready.map(addressOf) }),
    ...(others.length > 0 && { notReadyAddresses: others.map(addressOf) }),
    ports: ports.map(({ port, targetPort = port, protocol = "TCP" }) => ({
      ...(typeof targetPort === "number" ? { port: targetPort } : { name: targetPort, port }),
      protocol,
    })),
  };
  const place = { kind: kindOf("Endpoints"), namespace, name };
  const old = objects.find(place)?.metadata;
  const subsets = pods.length > 0 ? [subset] : [];
  objects.put(place, { metadata: { ...old }, subsets } as unknown as KubeObject);
}

function addressOf({ metadata: { name, namespace, uid } }: KubeObject): object {
  return { ip: ADDRESS, targetRef: { kind: "Pod", name, namespace, uid } };
}

function isReady({ status }: KubeObject): boolean {
  const { conditions } = status as { conditions: { type: string; status: string }[] };
  return conditions.some(({ type, status: is }) => type === "Ready" && is === "True");
}
