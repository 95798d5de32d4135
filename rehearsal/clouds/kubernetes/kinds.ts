/** The kinds of object that the fake knows, and the rules that each has beyond its shape. */
import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { StatusError, type StatusCause, invalid } from "./errors";
import type { KubeObject } from "./objects";
import { type DeploymentSpec, SCHEMAS } from "./schemas";

/** A kind of object. */
export interface Kind {
  readonly group: string;
  readonly version: "v1";
  readonly kind: keyof typeof SCHEMAS;
  readonly plural: string;
  readonly namespaced: boolean;
  /** True for what controllers make and nobody else may write. */
  readonly readOnly?: boolean;
  /** True for what other objects belong to. */
  readonly hasDependents?: boolean;
}

const core = { group: "", version: "v1", namespaced: true } as const;
const apps = { group: "apps", version: "v1", namespaced: true } as const;
const batch = { group: "batch", version: "v1", namespaced: true } as const;
const rbac = { group: "rbac.authorization.k8s.io", version: "v1", namespaced: true } as const;

/** Every kind there is; another one is answered with 404. */
export const KINDS: readonly Kind[] = [
  { ...core, kind: "Namespace", plural: "namespaces", namespaced: false },
  { ...core, kind: "Secret", plural: "secrets" },
  { ...core, kind: "ConfigMap", plural: "configmaps" },
  { ...core, kind: "ServiceAccount", plural: "serviceaccounts" },
  { ...core, kind: "PersistentVolumeClaim", plural: "persistentvolumeclaims" },
  { ...core, kind: "Service", plural: "services" },
  { ...core, kind: "Pod", plural: "pods", readOnly: true },
  { ...core, kind: "Endpoints", plural: "endpoints", readOnly: true },
  // Nothing in the fake tells of any.
  { ...core, kind: "Event", plural: "events", readOnly: true },
  { ...apps, kind: "Deployment", plural: "deployments", hasDependents: true },
  { ...apps, kind: "ReplicaSet", plural: "replicasets", readOnly: true },
  // Kept and never started: the rehearsal runs what it holds by itself.
  { ...batch, kind: "CronJob", plural: "cronjobs" },
  { ...rbac, kind: "Role", plural: "roles" },
  { ...rbac, kind: "RoleBinding", plural: "rolebindings" },
];

/** The kind of that name; for code that names one of {@link KINDS}. */
export function kindOf(name: Kind["kind"]): Kind {
  const found = KINDS.find(({ kind }) => kind === name);
  if (found === undefined) throw new Error(`the fake has no kind ${name}`);
  return found;
}

const NAME = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/;

/** Checks the shape of a body. @throws 400 for a field that the kind does not have or that is of the wrong type, naming it without its value. */
export function parseObject(kind: Kind, body: unknown): Record<string, unknown> {
  const parsed = SCHEMAS[kind.kind].safeParse(body);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.flatMap((issue) => {
    const at = issue.path.map(String).join(".");
    if (issue.code === "unrecognized_keys")
      return issue.keys.map((key) => `unknown field "${at === "" ? key : `${at}.${key}`}"`);
    return [`${at}: ${issue.code === "invalid_type" ? `expected ${issue.expected}` : issue.code}`];
  });
  throw new StatusError(400, "BadRequest", `strict decoding error: ${problems.join(", ")}`);
}

/** Brings an object to the form that is stored: `stringData` becomes `data`, defaults are filled in. */
export function defaulted(kind: Kind, object: KubeObject): KubeObject {
  if (kind.kind === "Secret") {
    const { stringData, ...rest } = object;
    const encoded = Object.entries((stringData ?? {}) as Record<string, string>).map(
      ([key, value]) => [key, Buffer.from(value).toString("base64")],
    );
    const data = {
      ...(object.data as object | undefined),
      ...(Object.fromEntries(encoded) as Record<string, string>),
    };
    return { type: "Opaque", ...rest, data };
  }
  if (kind.kind === "Deployment") {
    const spec = object.spec as DeploymentSpec;
    const filled = { replicas: 1, progressDeadlineSeconds: 600, revisionHistoryLimit: 10, ...spec };
    const type = spec.strategy?.type ?? "RollingUpdate";
    const rollingUpdate = {
      ...{ maxSurge: "25%", maxUnavailable: "25%" },
      ...spec.strategy?.rollingUpdate,
    };
    const strategy = type === "Recreate" ? { type } : { type, rollingUpdate };
    return { ...object, spec: { ...filled, strategy } };
  }
  if (kind.kind === "Service")
    return { ...object, spec: { type: "ClusterIP", ...(object.spec as object) } };
  return object;
}

/** Holds an object against its kind's rules. @throws 422 with the fields that break them. */
export function checkRules(kind: Kind, object: KubeObject, old: KubeObject | undefined): void {
  const causes: StatusCause[] = [];
  const { name } = object.metadata;
  if (!NAME.test(name) || name.length > 253)
    causes.push({
      field: "metadata.name",
      message:
        "Invalid value: a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.'",
    });
  if (kind.kind === "Secret" || kind.kind === "ConfigMap") causes.push(...immutable(object, old));
  if (kind.kind === "Secret") causes.push(...encoded(object));
  if (kind.kind === "Deployment") causes.push(...selector(object, old));
  if (kind.kind === "PersistentVolumeClaim" && old && !isDeepStrictEqual(fixed(old), fixed(object)))
    causes.push({
      field: "spec",
      message:
        "Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims",
    });
  if (kind.kind === "RoleBinding" && old && !isDeepStrictEqual(old.roleRef, object.roleRef))
    causes.push({ field: "roleRef", message: "Invalid value: cannot change roleRef" });
  if (causes.length > 0) throw invalid(kind.kind, name, causes);
}

function immutable(object: KubeObject, old: KubeObject | undefined): StatusCause[] {
  if (old?.immutable !== true) return [];
  const changed = ["data", "immutable", "type"].filter(
    (field) => !isDeepStrictEqual(old[field] ?? {}, object[field] ?? {}),
  );
  const message = "Forbidden: field is immutable when `immutable` is set";
  return changed.map((field) => ({ field, message }));
}

/** What stays of a claim as it was made: all but its size. */
function fixed({ spec }: KubeObject): object {
  const { resources, ...rest } = spec as { resources: object };
  void resources;
  return rest;
}

function encoded({ data }: KubeObject): StatusCause[] {
  return Object.entries((data ?? {}) as Record<string, string>)
    .filter(([, value]) => !z.base64().safeParse(value).success)
    .map(([key]) => ({ field: `data[${key}]`, message: "Invalid value: must be base64" }));
}

function selector(object: KubeObject, old: KubeObject | undefined): StatusCause[] {
  const spec = object.spec as DeploymentSpec;
  const labels = spec.template.metadata?.labels ?? {};
  const fits = Object.entries(spec.selector.matchLabels).every(([key, one]) => labels[key] === one);
  const causes: StatusCause[] = fits
    ? []
    : [
        {
          field: "spec.template.metadata.labels",
          message: "Invalid value: `selector` does not match template `labels`",
        },
      ];
  if (old && !isDeepStrictEqual((old.spec as DeploymentSpec).selector, spec.selector))
    causes.push({ field: "spec.selector", message: "Invalid value: field is immutable" });
  return causes;
}
