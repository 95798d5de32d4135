/** The objects of the fake and where they are kept: one store, one counter of resource versions, as in etcd. */
import { randomUUID } from "node:crypto";
import { StatusError, notFound } from "./errors";
import type { Kind } from "./kinds";
import type { ManagedFieldsEntry } from "./managed-fields";

/** A reference to what an object belongs to, and goes with. */
export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller: boolean;
  blockOwnerDeletion: boolean;
}

/** What every object has. */
export interface Metadata {
  name: string;
  namespace?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  uid: string;
  resourceVersion: string;
  creationTimestamp: string;
  generation?: number;
  /** Set once it is to go: it is gone when what belongs to it is. */
  deletionTimestamp?: string;
  finalizers?: string[];
  ownerReferences?: OwnerReference[];
  managedFields?: ManagedFieldsEntry[];
}

/** An object as the API gives it. */
export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: Metadata;
  [field: string]: unknown;
}

/** What changed: the controllers listen. */
export type Listener = (kind: Kind, object: KubeObject, how: "put" | "deleted") => void;

/** Where an object is: its kind, namespace (empty for those of the cluster) and name. */
export interface Place {
  readonly kind: Kind;
  readonly namespace: string;
  readonly name: string;
}

/** All objects of a cluster. */
export class ObjectStore {
  private readonly objects = new Map<string, KubeObject>();
  private readonly listeners: Listener[] = [];
  private counter = 1000;

  /** Calls `listener` after every change. */
  onChange(listener: Listener): void {
    this.listeners.push(listener);
  }

  /** The object, a copy; undefined where there is none. */
  find(place: Place): KubeObject | undefined {
    const found = this.objects.get(keyOf(place));
    return found && structuredClone(found);
  }

  /** The object, or a 404. */
  get(place: Place): KubeObject {
    const found = this.find(place);
    if (found === undefined) throw notFound(qualified(place.kind), place.name);
    return found;
  }

  /** Every object of a kind, of one namespace where it is given, by name. */
  list(kind: Kind, namespace?: string): KubeObject[] {
    const prefix = `${kind.plural}/${namespace === undefined ? "" : `${namespace}/`}`;
    return [...this.objects]
      .filter(([key]) => key.startsWith(prefix))
      .sort(([one], [other]) => one.localeCompare(other))
      .map(([, object]) => structuredClone(object));
  }

  /** The version that the next list carries. */
  get version(): string {
    return String(this.counter);
  }

  /** Writes a new object or a new state of one; a change of what is wanted (not of `status`) counts its generation up. */
  put(place: Place, object: KubeObject): KubeObject {
    const old = this.objects.get(keyOf(place));
    const wanted = old === undefined || !same(wantedOf(old), wantedOf(object));
    if (old !== undefined && !wanted && same(old, { ...object, metadata: old.metadata })) {
      if (same(described(old), described(object))) return structuredClone(old);
    }
    const stored: KubeObject = {
      ...structuredClone(object),
      apiVersion: apiVersionOf(place.kind),
      kind: place.kind.kind,
      metadata: {
        ...structuredClone(object.metadata),
        name: place.name,
        ...(place.kind.namespaced ? { namespace: place.namespace } : {}),
        uid: old?.metadata.uid ?? randomUUID(),
        creationTimestamp: old?.metadata.creationTimestamp ?? seconds(),
        resourceVersion: String(++this.counter),
        generation: (old?.metadata.generation ?? 0) + (wanted ? 1 : 0),
      },
    };
    this.objects.set(keyOf(place), stored);
    this.tell(place.kind, stored, "put");
    return structuredClone(stored);
  }

  /** Removes an object, or answers 404. What is returned, and told to listeners, carries the version of the removal. */
  remove(place: Place): KubeObject {
    const found = this.get(place);
    this.objects.delete(keyOf(place));
    found.metadata.resourceVersion = String(++this.counter);
    this.tell(place.kind, found, "deleted");
    return found;
  }

  private tell(kind: Kind, object: KubeObject, how: "put" | "deleted"): void {
    for (const listener of this.listeners) listener(kind, structuredClone(object), how);
  }
}

/** Refuses a write that was made against an older state. */
export function requireVersion(place: Place, old: KubeObject, given: unknown): void {
  if (given === undefined || given === old.metadata.resourceVersion) return;
  throw new StatusError(
    409,
    "Conflict",
    `Operation cannot be fulfilled on ${qualified(place.kind)} "${place.name}": the object has been modified; please apply your changes to the latest version and try again`,
  );
}

/** `deployments.apps`, `secrets`: how messages call a resource. */
export function qualified({ plural, group }: Kind): string {
  return group === "" ? plural : `${plural}.${group}`;
}

/** `apps/v1`, `v1`. */
export function apiVersionOf({ group, version }: Kind): string {
  return group === "" ? version : `${group}/${version}`;
}

function keyOf({ kind, namespace, name }: Place): string {
  return `${kind.plural}/${namespace}/${name}`;
}

function wantedOf({ metadata, status, ...rest }: KubeObject): object {
  void metadata;
  void status;
  return rest;
}

function described({ metadata }: KubeObject): object {
  const { labels = {}, annotations = {}, ownerReferences = [], finalizers = [] } = metadata;
  const { deletionTimestamp = "", managedFields = [] } = metadata;
  return { labels, annotations, ownerReferences, finalizers, deletionTimestamp, managedFields };
}

function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const record = value as Record<string, unknown>;
  return Object.fromEntries(
    Object.keys(record)
      .sort()
      .map((key) => [key, sorted(record[key])]),
  );
}

/** The time as objects carry it, in whole seconds. */
export function seconds(): string {
  return new Date().toISOString().replace(/\.\d+/, "");
}
