/**
 * Fakes of what a cluster runs to keep its objects in step with AWS Secrets Manager, for specs of tokens that a rotation function rotates.
 * No controller of that kind can be had here; these do what theirs do, as far as it matters to whoever reads the objects.
 */
import {
  GetSecretValueCommand,
  ResourceNotFoundException,
  type SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { isDeepStrictEqual } from "node:util";
import { RELOAD } from "../../components/consumers/kubernetes-workload";
import { KubernetesError, type KubernetesClient } from "../../operator/kubernetes";
import { rest } from "../../rehearsal/clouds/kubernetes/pod-end";

/** One ExternalSecret: the object that it makes, and its `spec.data`, in order. */
export interface SyncedObject {
  readonly name: string;
  /** The secret in the store, by name. */
  readonly secretId: string;
  /** `secretKey` and `remoteRef.version` of each entry. */
  readonly data: readonly (readonly [key: string, label: string])[];
}

/** Where objects are kept in step, and by whom. */
export interface ClusterSyncOptions {
  /** Asks the store with the credentials of a role that may read exactly these secrets. */
  readonly reader: SecretsManagerClient;
  readonly cluster: KubernetesClient;
  readonly namespace: string;
  readonly objects: readonly SyncedObject[];
  /** `spec.refreshInterval`: how late an object may be. The operator's own default is an hour. */
  readonly intervalMs: number;
}

const MANAGER = "fake-cluster-sync";

/**
 * As External Secrets Operator with `creationPolicy: Owner` and `deletionPolicy: Merge`: at every interval it reads the entries of `spec.data`
 * one after the other, a GetSecretValue each, by staging label, so several labels are not read at one moment. An entry that nobody
 * labels is left out (with the default, `Retain`, the whole object would stay as it was and be in error); every other failure leaves the
 * object alone until the next interval. It writes only what changed. `dataFrom`, which takes the keys of one JSON value, is of no use for
 * a token and is not imitated, neither are templates.
 */
export class FakeClusterSync {
  /** Why the last refresh did not succeed, as `status.conditions` would say; undefined after one that did. */
  problem: string | undefined;
  private readonly ended = new AbortController();
  private readonly running: Promise<void>;
  private rounds = 0;

  constructor(private readonly options: ClusterSyncOptions) {
    this.running = this.run();
  }

  /** How often it has refreshed all objects. */
  get refreshes(): number {
    return this.rounds;
  }

  async stop(): Promise<void> {
    this.ended.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    const { signal } = this.ended;
    while (!signal.aborted) {
      this.problem = undefined;
      for (const object of this.options.objects)
        await this.refresh(object).catch(({ name, message }: Error) => {
          this.problem = `${object.name}: ${name}: ${message}`;
        });
      this.rounds++;
      await rest(this.options.intervalMs, signal);
    }
  }

  private async refresh({ name, secretId, data }: SyncedObject): Promise<void> {
    const { cluster, namespace } = this.options;
    const found: Record<string, string> = {};
    for (const [key, label] of data) {
      const value = await this.valueOf(secretId, label);
      if (value !== undefined) found[key] = Buffer.from(value).toString("base64");
    }
    const place = { apiVersion: "v1", plural: "secrets", namespace, name };
    const old = await cluster.read(place);
    if (Object.keys(found).length === 0 || isDeepStrictEqual(found, old?.["data"])) return;
    const object = {
      ...{ apiVersion: "v1", kind: "Secret", type: "Opaque", data: found },
      metadata: { name, namespace },
    };
    await cluster.apply(place, object, { fieldManager: MANAGER, force: true });
    if (old) await restartReaders(cluster, namespace, name);
  }

  private async valueOf(SecretId: string, VersionStage: string): Promise<string | undefined> {
    try {
      const command = new GetSecretValueCommand({ SecretId, VersionStage });
      return (await this.options.reader.send(command)).SecretString;
    } catch (error) {
      if (error instanceof ResourceNotFoundException) return undefined;
      throw error;
    }
  }
}

/**
 * As Reloader with its annotations strategy: a deployment that names the object gets an annotation on its pod template, which rolls its pods.
 * It is told of each change by the API, so at once.
 */
async function restartReaders(
  cluster: KubernetesClient,
  namespace: string,
  object: string,
): Promise<void> {
  const kind = { apiVersion: "apps/v1", plural: "deployments", namespace };
  for (const { metadata } of await cluster.list(kind)) {
    const named = metadata.annotations?.[RELOAD]?.split(",") ?? [];
    while (named.includes(object) && !(await restarted(cluster, { ...kind, ...metadata }, object)));
  }
}

/** False where somebody else changed the deployment meanwhile. */
async function restarted(
  cluster: KubernetesClient,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  object: string,
): Promise<boolean> {
  const found = await cluster.read({
    apiVersion: "apps/v1",
    plural: "deployments",
    namespace,
    name,
  });
  if (found === undefined) return true;
  const { template } = found["spec"] as {
    template: { metadata: { annotations?: Record<string, string> } };
  };
  template.metadata.annotations = {
    ...template.metadata.annotations,
    "reloader.stakater.com/last-reloaded-from": `${object} ${found.metadata.resourceVersion}`,
  };
  const path = `/apis/apps/v1/namespaces/${namespace}/deployments/${name}`;
  try {
    await cluster.call("PUT", `${path}?fieldManager=fake-reloader`, found);
    return true;
  } catch (error) {
    if (error instanceof KubernetesError && error.reason === "Conflict") return false;
    throw error;
  }
}
