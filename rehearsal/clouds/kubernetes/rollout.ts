/** The rollout of one deployment: replica sets and pods brought, step by step, to what its template wants. */
import { createHash, randomBytes } from "node:crypto";
import { kindOf } from "./kinds";
import type { KubeObject, Place } from "./objects";
import { Pod, type Node } from "./pods";
import { bounds, condition, putOwned } from "./rollout-parts";
import type { DeploymentSpec } from "./schemas";

interface ReplicaSet {
  readonly name: string;
  readonly pods: Pod[];
}

/** Brings pods to what a deployment wants; told of every change by {@link Rollout.reconcile}. */
export class Rollout {
  private readonly sets = new Map<string, ReplicaSet>();
  private readonly stopping = new Map<Pod, Promise<void>>();
  private deleted = false;
  private working = false;
  private template = "";
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
    const made = { name: `${this.place.name}-${hash}`, pods: [] };
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
      this.describePod(pod, pods.includes(pod));
      this.reconcile();
    });
    pods.push(pod);
    this.describePod(pod, true);
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
      const place = { ...this.place, kind: kindOf("ReplicaSet"), name: set.name };
      if (this.node.objects.find(place)) this.node.objects.remove(place);
    }
  }

  private stopPod(pod: Pod): void {
    const stopped = pod
      .stop()
      .catch(this.node.report)
      .finally(() => {
        this.stopping.delete(pod);
        const place = { ...this.place, kind: kindOf("Pod"), name: pod.definition.name };
        if (this.node.objects.find(place)) this.node.objects.remove(place);
        this.reconcile();
      });
    this.stopping.set(pod, stopped);
  }

  private describe(wanted: KubeObject): void {
    const spec = wanted.spec as DeploymentSpec;
    const { objects } = this.node;
    for (const [hash, { name, pods }] of this.sets) {
      const ready = pods.filter((pod) => pod.ready).length;
      putOwned(
        objects,
        { ...this.place, kind: kindOf("ReplicaSet"), name },
        {
          labels: { ...spec.template.metadata?.labels, "pod-template-hash": hash },
          spec: { replicas: pods.length, selector: spec.selector },
          status: { replicas: pods.length, readyReplicas: ready, availableReplicas: ready },
        },
      );
    }
    const updated = this.sets.get(this.template)?.pods.length ?? 0;
    const ready = this.pods.filter((pod) => pod.ready).length;
    const done = updated === spec.replicas && ready >= updated && this.pods.length === updated;
    if (ready !== this.available) this.progressAt = Date.now();
    this.available = ready;
    const late = !done && this.isLate(spec);
    objects.put(this.place, {
      ...wanted,
      status: {
        observedGeneration: wanted.metadata.generation,
        ...{ replicas: this.pods.length, updatedReplicas: updated },
        ...{ readyReplicas: ready, availableReplicas: ready },
        unavailableReplicas: Math.max((spec.replicas ?? 1) - ready, 0),
        conditions: [
          condition("Available", ready >= (spec.replicas ?? 1), "MinimumReplicasAvailable"),
          condition(
            "Progressing",
            !late,
            late
              ? "ProgressDeadlineExceeded"
              : done
                ? "NewReplicaSetAvailable"
                : "ReplicaSetUpdated",
          ),
        ],
      },
    });
  }

  private isLate(spec: DeploymentSpec): boolean {
    const end = this.progressAt + (spec.progressDeadlineSeconds ?? 600) * 1000;
    clearTimeout(this.deadline);
    if (Date.now() >= end) return true;
    this.deadline = setTimeout(() => this.reconcile(), end - Date.now()).unref();
    return false;
  }

  private describePod(pod: Pod, kept: boolean): void {
    const { name, labels, spec } = pod.definition;
    const place = { ...this.place, kind: kindOf("Pod"), name };
    if (!kept && this.node.objects.find(place) === undefined) return;
    const state = pod.waiting ? { waiting: pod.waiting } : { running: {} };
    const [container] = spec.containers;
    putOwned(this.node.objects, place, {
      labels,
      spec: { ...spec },
      status: {
        phase: pod.waiting ? "Pending" : "Running",
        conditions: [condition("Ready", pod.ready, pod.ready ? "" : "ContainersNotReady")],
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
