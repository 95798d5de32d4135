/** The verbs of the API on objects: get, list, create, replace, apply and delete, each checked, authorised and counted. */
import type { WriteLog } from "../google/writes";
import { apply, claim, type Ownership } from "./apply";
import { StatusError, notFound } from "./errors";
import { checkRules, defaulted, kindOf, parseObject, type Kind } from "./kinds";
import {
  apiVersionOf,
  qualified,
  requireVersion,
  type KubeObject,
  type ManagedFields,
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
  private readonly owners = new Map<string, Ownership>();

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
    return this.store(place, object, undefined, options, "Update", (owners) =>
      claim({ metadata: {} } as KubeObject, object, options.manager, owners),
    );
  }

  replace(place: Place, body: unknown, options: WriteOptions): KubeObject {
    const old = this.objects.get(place);
    const object = this.parsed(place, body);
    requireVersion(place, old, object.metadata.resourceVersion);
    const kept = { ...object, status: old.status };
    return this.store(place, kept, old, options, "Update", (owners) =>
      claim(old, object, options.manager, owners),
    );
  }

  apply(place: Place, body: unknown, options: WriteOptions): KubeObject {
    const old = this.objects.find(place);
    const applied = this.parsed(place, body);
    if (old) requireVersion(place, old, applied.metadata.resourceVersion);
    const owners = structuredClone(this.ownersOf(place));
    const { manager, force = false } = options;
    // Defaults are the server's: whoever applies owns only what it wrote.
    const merged = apply(old, this.written(place, body), manager, force, owners) as KubeObject;
    const object = { ...merged, metadata: { ...merged.metadata, ...namesOf(place) } };
    return this.store(place, object, old, options, "Apply", () => owners);
  }

  remove(place: Place): KubeObject {
    const removed = this.objects.remove(place);
    this.owners.delete(keyOf(place));
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
    { dryRun = false, manager }: WriteOptions,
    operation: ManagedFields["operation"],
    own: (owners: Ownership) => Ownership | void,
  ): KubeObject {
    const full = defaulted(place.kind, object);
    checkRules(place.kind, full, old);
    if (dryRun) return full;
    const owners = this.ownersOf(place);
    const next = own(owners) ?? owners;
    this.owners.set(keyOf(place), next);
    const others = (old?.metadata.managedFields ?? []).filter(
      (one) => one.manager !== manager && next.has(one.manager),
    );
    const managedFields = [...others, { manager, operation }];
    const stored = this.objects.put(place, {
      ...full,
      metadata: { ...full.metadata, managedFields },
    });
    if (stored.metadata.resourceVersion !== old?.metadata.resourceVersion)
      this.record(place, old ? "update" : "create");
    return stored;
  }

  private ownersOf(place: Place): Ownership {
    return this.owners.get(keyOf(place)) ?? new Map<string, Map<string, never>>();
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

function keyOf({ kind, namespace, name }: Place): string {
  return `${kind.plural}/${namespace}/${name}`;
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
