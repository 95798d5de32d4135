import type { z } from "zod";
import { SCHEMAS } from "../../clouds/kubernetes/schemas";
import {
  type KubernetesClient,
  KubernetesError,
  type KubernetesObject,
  type ObjectName,
} from "../../../operator/kubernetes";
import { parseId } from "../gcp/shared";
import { PartialFailure, type Resource } from "../protocol/resource";
import type { Properties } from "../protocol/values";
import type { Kubernetes, KubernetesContext } from "./config";
import { inputsOf, metadata, outputsOf } from "./forms";

/** Who owns the fields that this provider writes. */
const MANAGER = { fieldManager: "pulumi-kubernetes" };
const DEADLINE_S = 600;
const POLL_MS = 100;

/** In words, or nothing to say. */
type Reason = string | undefined;

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
  /** Why the object is not yet as wanted; undefined when it is. */
  readonly pending?: (
    live: KubernetesObject,
    context: KubernetesContext,
  ) => Reason | Promise<Reason>;
  readonly turns?: Resource<Kubernetes>["turns"];
  /** What else is to be said of an object that does not become as wanted. */
  readonly explain?: (live: KubernetesObject, context: KubernetesContext) => Promise<string[]>;
}

/**
 * An object of a cluster, as the official provider writes it: made by a plain creation since its 4.29 (pulumi/pulumi-kubernetes#4278), so that
 * what is there already is never taken over unasked, and changed by server-side apply, which takes over first what the creation wrote. (The official
 * one can be told to take over more, `upsertExistingObjects`; this one cannot.) The program names it: names are not made up here. An object that does
 * not become as wanted within its time (`customTimeouts`, else `pulumi.com/timeoutSeconds`, else 600) fails the update and is tried again; so does one
 * whose change is refused. A deletion waits for what belongs to the object.
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
    ...(kind.turns && { turns: kind.turns }),
    secretOutputs: kind.secretOutputs ?? [],
    computed: kind.hasStatus === true ? ["status"] : [],
    computedOnUpdate: () => (kind.hasStatus === true ? ["status"] : []),

    async create(given, context) {
      const name = nameOf(given, context);
      const made = await context.client.client
        .make(name, given, MANAGER)
        .catch((error: unknown) => refused(idOf(name), error));
      const what = `resource "${idOf(name)}" was successfully created, but the Kubernetes API server reported that it`;
      return { id: idOf(name), outputs: await settled(name, made, given, what, context) };
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

    async update(id, _old, wanted, context) {
      const { client } = context.client;
      const name = nameOf(wanted, context);
      const what = `the Kubernetes API server reported that "${id}"`;
      const live = await client.read(name);
      if (live === undefined) throw new Error(`update of resource "${id}" failed: it is gone`);
      const applied = await takeOver(client, name, live)
        .then(() => client.apply(name, wanted, MANAGER))
        .catch((error: Error) => unsettled(id, live, what, error.message));
      return settled(name, applied, wanted, what, context);
    },

    async delete(_id, old, context) {
      const name = nameOf(old.inputs, context);
      await context.client.client.delete(name, "Foreground");
      const gone = async () => (await context.client.client.read(name)) === undefined;
      const deadline = Date.now() + DEADLINE_S * 1000;
      while (!(await gone())) await pause(deadline, `${kind.plural} ${idOf(name)} stays`, context);
    },
  };

  /** Waits until the object is as wanted. `what` begins the message when it does not become so. */
  async function settled(
    name: ObjectName,
    written: KubernetesObject,
    given: Properties,
    what: string,
    context: KubernetesContext,
  ): Promise<Properties> {
    const { client } = context.client;
    let live = written;
    const deadline = Date.now() + timeoutSeconds(given, context) * 1000;
    for (;;) {
      try {
        const pending = await kind.pending?.(live, context);
        if (pending === undefined) return outputsOf(live);
        await pause(deadline, pending, context);
        live = (await client.read(name)) ?? live;
      } catch (error) {
        const reasons = [(error as Error).message, ...(await explained(live, context))].join("; ");
        return unsettled(idOf(name), live, what, reasons);
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

/** It exists, whatever went wrong since: a plain failure would leave it in no state, or in its old one. */
function unsettled(id: string, live: KubernetesObject, what: string, why: string): never {
  const message = `${what} failed to fully initialize or become live: ${why}`;
  throw new PartialFailure(message, { id, outputs: outputsOf(live) });
}

/** Makes what a creation wrote the apply's own: else the fields that it leaves out would stay, and a changed one would be a conflict. */
async function takeOver(
  client: KubernetesClient,
  name: ObjectName,
  { metadata: { managedFields = [] } }: KubernetesObject,
): Promise<void> {
  const { fieldManager: manager } = MANAGER;
  const isOwn = (entry: (typeof managedFields)[number]) =>
    entry.manager === manager && entry.operation === "Update";
  if (!managedFields.some(isOwn)) return;
  // One that applied before stays as it is: only a creation writes otherwise, and it is the first.
  const value = managedFields.map((entry) =>
    isOwn(entry) ? { ...entry, operation: "Apply" } : entry,
  );
  await client.patch(name, [{ op: "replace", path: "/metadata/managedFields", value }]);
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

function timeoutSeconds(given: Properties, context: KubernetesContext): number {
  if (context.timeoutSeconds > 0) return context.timeoutSeconds;
  const { annotations } = given.metadata as { annotations?: Record<string, string> };
  return Number(annotations?.["pulumi.com/timeoutSeconds"] ?? DEADLINE_S);
}

function samePlace(old: unknown, wanted: unknown): boolean {
  const [one, other] = [old, wanted] as Properties[];
  return one?.name === other?.name && one?.namespace === other?.namespace;
}
