/**
 * Services of the fake: each an address on loopback that hands requests to the pods that are ready and fit its selector. As in a cluster, a
 * request goes to one pod and to no second one: what is sent to a pod that has ended already is lost.
 */
import { Front } from "../google/run-front";
import type { Instance } from "../google/run-instances";
import { kindOf } from "./kinds";
import type { KubeObject, ObjectStore } from "./objects";
import type { Pod } from "./pods";
import type { ServiceSpec } from "./schemas";

/** The fronts of all services. */
export class Services {
  private readonly fronts = new Map<string, { started: Promise<Front>; url?: string }>();
  private readonly endings = new Set<Promise<void>>();

  constructor(
    private readonly objects: ObjectStore,
    private readonly pods: () => readonly Pod[],
    private readonly report: (error: unknown) => void,
  ) {}

  /** Where a service answers: known a moment after it was made, and for as long as it is there. */
  url(namespace: string, name: string): string | undefined {
    return this.fronts.get(`${namespace}/${name}`)?.url;
  }

  /** A service was made, changed or deleted. */
  changed({ metadata }: KubeObject, how: "put" | "deleted"): void {
    const { name, namespace = "" } = metadata;
    const key = `${namespace}/${name}`;
    const found = this.fronts.get(key);
    if (how === "deleted") {
      this.fronts.delete(key);
      if (found) this.end(found.started);
    } else if (!found) {
      const started = Front.start(() => true, true);
      const entry: { started: Promise<Front>; url?: string } = { started };
      this.fronts.set(key, entry);
      started.then((front) => {
        entry.url = front.url;
        front.serve([{ running: () => this.endpoints(namespace, name) }]);
        this.publish(namespace, name, front.url);
      }, this.report);
    }
  }

  async stop(): Promise<void> {
    for (const { started } of this.fronts.values()) this.end(started);
    this.fronts.clear();
    await Promise.all(this.endings);
  }

  private end(started: Promise<Front>): void {
    const ended = started.then((front) => front.stop()).finally(() => this.endings.delete(ended));
    this.endings.add(ended);
  }

  /** The pods that get requests now; looked up at each request. */
  private endpoints(namespace: string, name: string): Instance[] {
    const service = this.objects.find({ kind: kindOf("Service"), namespace, name });
    const selector = Object.entries((service?.spec as ServiceSpec | undefined)?.selector ?? {});
    return this.pods().flatMap(({ endpoint, definition }) => {
      const fits = selector.every(([key, value]) => definition.labels[key] === value);
      const serves = fits && definition.namespace === namespace && selector.length > 0;
      return serves && endpoint ? [endpoint] : [];
    });
  }

  private publish(namespace: string, name: string, url: string): void {
    const place = { kind: kindOf("Service"), namespace, name };
    const service = this.objects.find(place);
    if (!service) return;
    const { hostname, port } = new URL(url);
    const ingress = [{ ip: hostname, ports: [{ port: Number(port), protocol: "TCP" }] }];
    this.objects.put(place, { ...service, status: { loadBalancer: { ingress } } });
  }
}
