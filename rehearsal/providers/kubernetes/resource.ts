import { z } from "zod";
import { SCHEMAS } from "../../clouds/kubernetes/schemas";
import {
  KubernetesError,
  type KubernetesObject,
  type ObjectName,
} from "../../../operator/kubernetes";
import { parseId } from "../gcp/shared";
import { PartialFailure, type Old, type Resource } from "../protocol/resource";
import { isRecord, type Properties } from "../protocol/values";
import type { Kubernetes, KubernetesContext } from "./config";

/** Who owns the fields that this provider writes. */
const MANAGER = { fieldManager: "pulumi-kubernetes" };
const DEADLINE_S = 600;
const POLL_MS = 100;

/** What tells one kind of object from another. */
export interface ObjectKind {
  readonly token: string;
  readonly apiVersion: string;
  readonly kind: keyof typeof SCHEMAS;
  readonly plural: string;
  /** False for what belongs to no namespace. */
  readonly namespaced?: boolean;
  /** Inputs beside name and namespace whose change replaces. */
  readonly replaceOn?: readonly string[];
  readonly secretOutputs?: readonly string[];
  /** True when the server tells a state that others may use. */
  readonly hasStatus?: boolean;
  /** Why the object is not yet as wanted; undefined when it is. `over` when waiting on makes no sense. */
  readonly pending?: (live: KubernetesObject) => { why: string; over?: boolean } | undefined;
  /** What else is to be said of an object that does not become as wanted. */
  readonly explain?: (live: KubernetesObject, context: KubernetesContext) => Promise<string[]>;
}

/** Set by the program; everything else in the metadata is the server's. */
const metadata = z.strictObject({
  name: z.string(),
  namespace: z.string().optional(),
  labels: z.record(z.string(), z.string()).optional(),
  annotations: z.record(z.string(), z.string()).optional(),
});

/**
 * An object of a cluster, as the official provider writes it: made by a plain creation since its 4.29 (pulumi/pulumi-kubernetes#4278), so that
 * what is there already is never taken over unasked, and changed by server-side apply. (The official one can be told to take over,
 * `upsertExistingObjects`; this one cannot.) The program names it: names are not made up here. An object that does not become as wanted within its time (`pulumi.com/timeoutSeconds`, 600 unless annotated) fails the update and is tried again.
 */
export function kubernetesObject(kind: ObjectKind): Resource<Kubernetes> {
  const schema = (SCHEMAS[kind.kind] as unknown as z.ZodObject).omit({ status: true });
  const namespaced = kind.namespaced !== false;

  const nameOf = (given: Properties, context: KubernetesContext): ObjectName => {
    const { name, namespace } = given.metadata as { name: string; namespace?: string };
    const where = namespaced ? (namespace ?? context.client.namespace) : undefined;
    return { apiVersion: kind.apiVersion, plural: kind.plural, namespace: where, name };
  };
  const idOf = ({ namespace, name }: ObjectName) =>
    namespace === undefined ? name : `${namespace}/${name}`;

  return {
    token: kind.token,
    inputs: schema.extend({ metadata }),
    defaults: { apiVersion: kind.apiVersion, kind: kind.kind },
    replaceOn: ["metadata.name", "metadata.namespace", ...(kind.replaceOn ?? [])],
    deleteBeforeReplace: (old, wanted) => samePlace(old.metadata, wanted.metadata),
    keyedLists: {
      "spec.template.spec.containers[*].env": "name",
      "spec.jobTemplate.spec.template.spec.containers[*].env": "name",
    },
    secretOutputs: kind.secretOutputs ?? [],
    computed: kind.hasStatus === true ? ["status"] : [],
    computedOnUpdate: () => (kind.hasStatus === true ? ["status"] : []),

    async create(given, context) {
      const name = nameOf(given, context);
      const made = await context.client.client
        .make(name, given, MANAGER)
        .catch((error: unknown) => refused(idOf(name), error));
      return { id: idOf(name), outputs: await settled(name, made, given, context) };
    },

    async read(id, old, context) {
      const at = parseId(id, kind.token, [
        namespaced
          ? { pattern: /^(?<namespace>[^/]+)\/(?<name>[^/]+)$/, form: "<namespace>/<name>" }
          : { pattern: /^(?<name>[^/]+)$/, form: "<name>" },
      ]) as { namespace?: string; name: string };
      const { apiVersion, plural } = kind;
      const live = await context.client.client.read({ apiVersion, plural, ...at });
      return live && { id, inputs: inputsOf(live, old), outputs: outputsOf(live) };
    },

    async update(_id, _old, wanted, context) {
      const name = nameOf(wanted, context);
      const applied = await context.client.client.apply(name, wanted, MANAGER);
      return settled(name, applied, wanted, context);
    },

    async delete(_id, old, context) {
      const name = nameOf(old.inputs, context);
      await context.client.client.delete(name);
      const gone = async () => (await context.client.client.read(name)) === undefined;
      const deadline = Date.now() + DEADLINE_S * 1000;
      while (!(await gone())) await pause(deadline, `${kind.plural} ${idOf(name)} stays`, context);
    },
  };

  /** Waits until the object is as wanted. */
  async function settled(
    name: ObjectName,
    written: KubernetesObject,
    given: Properties,
    context: KubernetesContext,
  ): Promise<Properties> {
    const { client } = context.client;
    let live = written;
    const deadline = Date.now() + timeoutSeconds(given) * 1000;
    for (;;) {
      const pending = kind.pending?.(live);
      if (pending === undefined) return outputsOf(live);
      try {
        if (pending.over === true) throw new Error(pending.why);
        await pause(deadline, pending.why, context);
        live = (await client.read(name)) ?? live;
      } catch (error) {
        // It exists, whatever went wrong since: a plain failure would leave it in no state.
        const reasons = [(error as Error).message, ...(await explained(live, context))].join("; ");
        const message = `${kind.plural} ${idOf(name)} is not as wanted: ${reasons}`;
        throw new PartialFailure(message, { id: idOf(name), outputs: outputsOf(live) });
      }
    }
  }

  async function explained(live: KubernetesObject, context: KubernetesContext): Promise<string[]> {
    try {
      return (await kind.explain?.(live, context)) ?? [];
    } catch (error) {
      return [(error as Error).message];
    }
  }
}

/** The path of a creation does not name the object. */
function refused(id: string, error: unknown): never {
  if (!(error instanceof KubernetesError)) throw error;
  const way =
    error.reason === "AlreadyExists"
      ? ` (import it, \`import: "${id}"\`, or give the new one another name)`
      : "";
  throw new Error(
    `resource "${id}" was not successfully created by the Kubernetes API server: ${error.message}${way}`,
  );
}

async function pause(deadline: number, why: string, { signal }: KubernetesContext): Promise<void> {
  if (signal.aborted) throw new Error(`${why}; cancelled`);
  if (Date.now() >= deadline) throw new Error(`${why}; the time is over`);
  await new Promise((next) => setTimeout(next, POLL_MS));
}

function timeoutSeconds(given: Properties): number {
  const { annotations } = given.metadata as { annotations?: Record<string, string> };
  return Number(annotations?.["pulumi.com/timeoutSeconds"] ?? DEADLINE_S);
}

function samePlace(old: unknown, wanted: unknown): boolean {
  const [one, other] = [old, wanted] as Properties[];
  return one?.name === other?.name && one?.namespace === other?.namespace;
}

function outputsOf(live: KubernetesObject): Properties {
  const { managedFields, ...rest } = live.metadata as Properties;
  void managedFields;
  return { ...live, metadata: rest };
}

/** What the program would have written to get this: the fields that it wrote, or, for an import, all that are not the server's. */
function inputsOf(live: KubernetesObject, old: Old | undefined): Properties {
  const { status, ...rest } = live;
  void status;
  const known = metadata.keyof().options as readonly string[];
  const told = Object.entries(live.metadata).filter(([key]) => known.includes(key));
  const all: Properties = { ...rest, metadata: Object.fromEntries(told) };
  if (old === undefined) return all;
  const { stringData } = old.inputs;
  if (isRecord(stringData)) all.stringData = decoded(all.data as Record<string, string>);
  return written(all, old.inputs) as Properties;
}

function decoded(data: Record<string, string> | undefined): Properties {
  const text = (value: string) => Buffer.from(value, "base64").toString("utf8");
  return Object.fromEntries(Object.entries(data ?? {}).map(([key, value]) => [key, text(value)]));
}

function written(live: unknown, model: unknown): unknown {
  if (Array.isArray(live) && Array.isArray(model))
    return live.map((entry, index) => written(entry, model[index] ?? entry));
  if (!isRecord(live) || !isRecord(model)) return live;
  return Object.fromEntries(
    Object.entries(live)
      .filter(([key]) => key in model)
      .map(([key, entry]) => [key, written(entry, model[key])]),
  );
}
