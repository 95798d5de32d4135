/** The rollout of one deployment: replica sets and pods brought, step by step, to what its template wants. */
import { createHash, randomBytes } from "node:crypto";
import { kindOf } from "./kinds";
import { seconds, type KubeObject, type Place } from "./objects";
import { Pod, type Node } from "./pods";
import { REVISION, bounds, conditions, podConditions, putOwned } from "./rollout-parts";
import type { DeploymentSpec } from "./schemas";

interface ReplicaSet {
  readonly name: string;
  readonly pods: Pod[];
  /** Counts the rollouts of the deployment; a set that is wanted once more is of the newest. */
  revision: number;
}

/** Brings pods to what a deployment wants; told of every change by {@link Rollout.reconcile}. */
export class Rollout {
  private readonly sets = new Map<string, ReplicaSet>();
  private readonly stopping = new Map<Pod, Promise<void>>();
  private deleted = false;
  private working = false;
  private template = "";
  private revision = 0;
  private progressAt = Date.now();
  private available = -1;
  private deadline: NodeJS.Timeout | undefined;

  constructor(
    private readonly place: Place,
    private readonly node: Node,
  ) {}

  /** The pods that are not being stopped. */
  get pods(): readonly Pod[] {
    return [...this.sets.values()].flatMap(({ pods }) => pods);
  }

  /** All pods, those that are being stopped too: nodes may not have learned of it yet. */
  get all(): readonly Pod[] {
    return [...this.pods, ...this.stopping.keys()];
  }

  /** Looks at what is wanted and what there is, and takes the steps that are allowed now. */
  reconcile(): void {
    // A step changes objects, which calls here again; the loop below sees those changes.
    if (this.working) return;
    this.working = true;
    try {
      for (let moved = true; moved;) {
        const wanted = this.node.objects.find(this.place);
        if (wanted === undefined || this.deleted) return this.end();
        moved = this.step(wanted);
        this.describe(wanted);
      }
    } finally {
      this.working = false;
    }
  }

  /** Stops every pod; resolves when they are gone. */
  async stop(): Promise<void> {
    this.deleted = true;
    this.end();
    while (this.stopping.size > 0) await Promise.all(this.stopping.values());
  }

  private end(): void {
    clearTimeout(this.deadline);
    for (const hash of [...this.sets.keys()]) this.scale(hash, 0);
  }

  /** One step; false when there is none to take until something changes. */
  private step(wanted: KubeObject): boolean {
    const spec = wanted.spec as DeploymentSpec;
    const replicas = spec.replicas ?? 1;
    const hash = hashOf(spec.template);
    if (hash !== this.template) {
      this.template = hash;
      this.progressAt = Date.now();
      this.setOf(hash).revision = ++this.revision;
    }
    const current = this.setOf(hash);
    const old = [...this.sets].filter(([other]) => other !== hash);
    const recreate = spec.strategy?.type === "Recreate";
    const { maxSurge, maxUnavailable } = bounds(spec, replicas);
    if (recreate && old.length > 0) {
      for (const [other] of old) this.scale(other, 0);
      return true;
    }
    if (recreate && this.stopping.size > 0) return false;
    const room = recreate ? replicas : replicas + maxSurge;
    if (current.pods.length < replicas && this.pods.length < room) {
      this.start(hash, spec);
      return true;
    }
    if (current.pods.length > replicas) {
      this.scale(hash, replicas);
      return true;
    }
    const ready = this.pods.filter((pod) => pod.ready).length;
    for (const [other, { pods }] of old) {
      const broken = pods.find((pod) => !pod.ready);
      const spare = ready > replicas - maxUnavailable;
      if (broken === undefined && !spare && pods.length > 0) continue;
      this.scale(other, Math.max(pods.length - 1, 0), broken);
      return true;
    }
    return false;
  }

  private setOf(hash: string): ReplicaSet {
    const found = this.sets.get(hash);
    if (found) return found;
    const made = { name: `${this.place.name}-${hash}`, pods: [], revision: this.revision };
    this.sets.set(hash, made);
    return made;
  }

  private start(hash: string, { template }: DeploymentSpec): void {
    const { name, pods } = this.setOf(hash);
    const definition = {
      namespace: this.place.namespace,
      name: `${name}-${randomBytes(3).toString("hex").slice(0, 5)}`,
      labels: { ...template.metadata?.labels, "pod-template-hash": hash },
      spec: template.spec,
    };
    const pod = new Pod(definition, this.node, () => {
      this.describePod(pod, name, pods.includes(pod));
      this.reconcile();
    });
    pods.push(pod);
    this.describeSet(hash);
    this.describePod(pod, name, true);
  }

  /** Stops pods of a set, `first` before others, until `count` are left; an empty set goes. */
  private scale(hash: string, count: number, first?: Pod): void {
    const set = this.sets.get(hash);
    if (set === undefined) return;
    while (set.pods.length > count) {
      const [pod] = set.pods.splice(first ? set.pods.indexOf(first) : 0, 1);
      if (pod) this.stopPod(pod);
    }
    if (set.pods.length === 0 && count === 0) {
      this.sets.delete(hash);
      const place = this.placeOf("ReplicaSet", set.name);
      if (this.node.objects.find(place)) this.node.objects.remove(place);
    }
  }

  private stopPod(pod: Pod): void {
    const stopped = pod
      .stop()
      .catch(this.node.report)
      .finally(() => {
        this.stopping.delete(pod);
        const place = this.placeOf("Pod", pod.definition.name);
        if (this.node.objects.find(place)) this.node.objects.remove(place);
        this.reconcile();
      });
    this.stopping.set(pod, stopped);
  }

  private describe(wanted: KubeObject): void {
    const spec = wanted.spec as DeploymentSpec;
    const { replicas = 1 } = spec;
    for (const hash of this.sets.keys()) this.describeSet(hash);
    const current = this.sets.get(this.template);
    const updated = current?.pods.length ?? 0;
    const ready = this.pods.filter((pod) => pod.ready).length;
    const done = updated === replicas && ready >= updated && this.pods.length === updated;
    if (ready !== this.available) this.progressAt = Date.now();
    this.available = ready;
    const late = !done && this.isLate(spec);
    const available = ready >= replicas - bounds(spec, replicas).maxUnavailable;
    const annotations = { ...wanted.metadata.annotations, [REVISION]: String(this.revision) };
    this.node.objects.put(this.place, {
      ...wanted,
      metadata: { ...wanted.metadata, annotations },
      status: {
        observedGeneration: wanted.metadata.generation,
        ...{ replicas: this.pods.length, updatedReplicas: updated },
        ...{ readyReplicas: ready, availableReplicas: ready },
        unavailableReplicas: Math.max(replicas - ready, 0),
        conditions: conditions(current?.name ?? "", { available, done, late }),
      },
    });
  }

  private describeSet(hash: string): void {
    const { objects } = this.node;
    const set = this.sets.get(hash);
    const owner = objects.find(this.place);
    if (set === undefined || owner === undefined) return;
    const { template, selector } = owner.spec as DeploymentSpec;
    const ready = set.pods.filter((pod) => pod.ready).length;
    putOwned(objects, this.placeOf("ReplicaSet", set.name), {
      labels: { ...template.metadata?.labels, "pod-template-hash": hash },
      annotations: { [REVISION]: String(set.revision) },
      owner,
      spec: { replicas: set.pods.length, selector },
      status: { replicas: set.pods.length, readyReplicas: ready, availableReplicas: ready },
    });
  }

  private placeOf(kind: "ReplicaSet" | "Pod", name: string): Place {
    return { ...this.place, kind: kindOf(kind), name };
  }

  private isLate(spec: DeploymentSpec): boolean {
    const end = this.progressAt + (spec.progressDeadlineSeconds ?? 600) * 1000;
    clearTimeout(this.deadline);
    if (Date.now() >= end) return true;
    this.deadline = setTimeout(() => this.reconcile(), end - Date.now()).unref();
    return false;
  }

  private describePod(pod: Pod, set: string, kept: boolean): void {
    const { name, labels, spec } = pod.definition;
    const { objects } = this.node;
    const place = this.placeOf("Pod", name);
    const old = objects.find(place);
    if (!kept && old === undefined) return;
    const state = pod.waiting ? { waiting: pod.waiting } : { running: {} };
    const [container] = spec.containers;
    const leaving = old?.metadata.deletionTimestamp ?? seconds();
    putOwned(objects, place, {
      labels,
      owner: objects.find(this.placeOf("ReplicaSet", set)),
      deletionTimestamp: kept ? undefined : leaving,
      spec: { ...spec },
      status: {
        phase: pod.waiting ? "Pending" : "Running",
        conditions: podConditions(pod.ready, container?.name ?? ""),
        containerStatuses: [
          { name: container?.name, ready: pod.ready, restartCount: pod.restarts, state },
        ],
      },
    });
  }
}

function hashOf(template: object): string {
  return createHash("sha256").update(JSON.stringify(template)).digest("hex").slice(0, 10);
}
