/** The verbs of the API on objects: get, list, create, replace, patch, apply and delete, each checked, authorised and counted. */
import type { WriteLog } from "../google/writes";
import { apply, claim } from "./apply";
import { StatusError, notFound } from "./errors";
import { jsonPatch } from "./json-patch";
import { checkRules, defaulted, kindOf, parseObject, type Kind } from "./kinds";
import { Ownership } from "./managed-fields";
import {
  apiVersionOf,
  qualified,
  requireVersion,
  seconds,
  type KubeObject,
  type Metadata,
  type ObjectStore,
  type Place,
} from "./objects";

/** How a write is made. */
export interface WriteOptions {
  /** Who writes, for the ownership of fields. */
  readonly manager: string;
  /** Takes fields over that another manager holds. */
  readonly force?: boolean;
  /** True to answer what would be, and change nothing. */
  readonly dryRun?: boolean;
}

/** The objects, as callers may act on them. */
export class ObjectApi {
  constructor(
    readonly objects: ObjectStore,
    private readonly writes: WriteLog,
  ) {}

  list(kind: Kind, namespace: string | undefined, selector: string | null): object {
    const items = this.objects
      .list(kind, namespace)
      .filter(({ metadata }) => matchesSelector(metadata.labels ?? {}, selector ?? ""));
    return {
      kind: `${kind.kind}List`,
      apiVersion: apiVersionOf(kind),
      metadata: { resourceVersion: this.objects.version },
      items,
    };
  }

  create(place: Place, body: unknown, options: WriteOptions): KubeObject {
    const object = this.parsed(place, body);
    if (this.objects.find(place) !== undefined) {
      const name = `${qualified(place.kind)} "${place.name}"`;
      throw new StatusError(409, "AlreadyExists", `${name} already exists`);
    }
    const owners = new Ownership();
    claim({ metadata: {} } as KubeObject, object, options.manager, owners);
    return this.store(place, object, undefined, options, owners);
  }

  replace(place: Place, body: unknown, options: WriteOptions): KubeObject {
    const old = this.objects.get(place);
    const object = this.parsed(place, body);
    requireVersion(place, old, object.metadata.resourceVersion);
    // Who holds what is a part of the object: who writes it changes it, and who leaves it out leaves it as it was.
    const { managedFields = old.metadata.managedFields } = object.metadata;
    const owners = new Ownership(managedFields);
    claim(old, object, options.manager, owners);
    return this.store(place, { ...object, status: old.status }, old, options, owners);
  }

  /** A change of named places of the object, as RFC 6902 has it. */
  patch(place: Place, operations: unknown, options: WriteOptions): KubeObject {
    return this.replace(place, jsonPatch(this.objects.get(place), operations), options);
  }

  apply(place: Place, body: unknown, options: WriteOptions): KubeObject {
    const old = this.objects.find(place);
    const applied = this.parsed(place, body);
    if (old) requireVersion(place, old, applied.metadata.resourceVersion);
    const owners = new Ownership(old?.metadata.managedFields);
    const { manager, force = false } = options;
    // Defaults are the server's: whoever applies owns only what it wrote.
    const merged = apply(old, this.written(place, body), manager, force, owners) as KubeObject;
    const object = { ...merged, metadata: { ...merged.metadata, ...namesOf(place) } };
    return this.store(place, object, old, options, owners);
  }

  /** Removes an object; with `foreground`, one that others belong to stays until they are gone, and is marked until then. */
  remove(place: Place, foreground = false): KubeObject {
    const found = this.objects.get(place);
    const { deletionTimestamp } = found.metadata;
    if (deletionTimestamp !== undefined) return found;
    const marked = { deletionTimestamp: seconds(), finalizers: ["foregroundDeletion"] };
    const removed =
      foreground && place.kind.hasDependents === true
        ? this.objects.put(place, { ...found, metadata: { ...found.metadata, ...marked } })
        : this.objects.remove(place);
    this.record(place, "delete");
    return removed;
  }

  /** What is stored of a body: its shape checked, secrets encoded, nothing filled in that the caller did not write. */
  private written(place: Place, body: unknown): Record<string, unknown> {
    const parsed = parseObject(place.kind, body) as KubeObject;
    if (place.kind.kind !== "Secret") return parsed;
    const { stringData, ...rest } = parsed;
    if (stringData === undefined) return rest;
    const { data } = defaulted(place.kind, parsed);
    return { ...rest, data };
  }

  private parsed(place: Place, body: unknown): KubeObject {
    const { kind, namespace, name } = place;
    if (kind.readOnly === true)
      throw new StatusError(
        405,
        "MethodNotAllowed",
        `${kind.plural} are made by the controllers of this fake alone`,
      );
    const object = this.written(place, body) as KubeObject;
    if (object.kind !== kind.kind || object.apiVersion !== apiVersionOf(kind)) {
      const wanted = `${apiVersionOf(kind)} ${kind.kind}`;
      throw new StatusError(400, "BadRequest", `the object provided is no ${wanted}`);
    }
    const given = object.metadata;
    if (
      (given.name ?? name) !== name ||
      (kind.namespaced && (given.namespace ?? namespace) !== namespace)
    )
      throw new StatusError(
        400,
        "BadRequest",
        "the name or namespace of the object does not match the request",
      );
    if (
      kind.namespaced &&
      !this.objects.find({ kind: kindOf("Namespace"), namespace: "", name: namespace })
    )
      throw notFound("namespaces", namespace);
    return { ...object, metadata: { ...given, ...namesOf(place) } };
  }

  private store(
    place: Place,
    object: KubeObject,
    old: KubeObject | undefined,
    { dryRun = false }: WriteOptions,
    owners: Ownership,
  ): KubeObject {
    const full = defaulted(place.kind, object);
    checkRules(place.kind, full, old);
    const { managedFields: before } = old?.metadata ?? {};
    const managedFields = owners.entries(apiVersionOf(place.kind), before);
    const { kind } = place.kind;
    const metadata = { ...full.metadata, managedFields };
    const held = { ...full, apiVersion: apiVersionOf(place.kind), kind, metadata };
    if (dryRun) return held;
    const stored = this.objects.put(place, held);
    if (stored.metadata.resourceVersion !== old?.metadata.resourceVersion)
      this.record(place, old ? "update" : "create");
    return stored;
  }

  private record(place: Place, verb: string): void {
    const kind = place.kind.kind;
    const label = `${kind.charAt(0).toLowerCase()}${kind.slice(1)}.${verb}`;
    this.writes.record(label, `${place.namespace}/${place.name}`);
  }
}

function namesOf({ kind, namespace, name }: Place): Partial<Metadata> {
  return kind.namespaced ? { name, namespace } : { name };
}

/** Equality of labels, `app=search,tier=web`; other forms are refused rather than ignored. */
export function matchesSelector(
  labels: Readonly<Record<string, string>>,
  selector: string,
): boolean {
  if (selector === "") return true;
  return selector.split(",").every((part) => {
    const [key, value] = part.split(/==?/);
    if (key === undefined || value === undefined || /[!() ]/.test(part))
      throw new StatusError(
        400,
        "BadRequest",
        "the fake knows label selectors of the form key=value only",
      );
    return labels[key] === value;
  });
}
