/**
 * A fake of a Kubernetes cluster over HTTP on loopback: one API server with tokens and roles, deployments whose pods are real processes,
 * services that hand requests to those that are ready, claims that are folders. Faithful in what the stacks use, and an error for everything
 * else. State is in memory and ends with it.
 */
import { randomBytes } from "node:crypto";
import * as http from "node:http";
import * as https from "node:https";
import type { AddressInfo } from "node:net";
import { mkdirSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { SecretText } from "../../../components/secret-text";
import { type FaultRule, type Faults, faultsOf } from "../google/faults";
import { runSettings, type ImageSpec } from "../google/run-options";
import { WriteLog } from "../google/writes";
import { until } from "../../processes";
import { loopbackCertificate, type ServerCertificate } from "../vault/certificate";
import { ObjectApi } from "./api";
import { listener } from "./http";
import { keepEndpoints } from "./endpoints";
import { kindOf } from "./kinds";
import { ObjectStore, type KubeObject } from "./objects";
import { Rollout } from "./rollout";
import { Services } from "./services";
import { TokenAuthority } from "./tokens";
import { Watches } from "./watches";

/** How the fake is started. */
export interface KubernetesOptions {
  /** A folder of its own, for claims and logs. */
  readonly dir: string;
  /** Port of {@link FakeKubernetes.url} on 127.0.0.1; any free one unless set. */
  readonly port?: number | undefined;
  /** Images by the name that containers use, tag included. Default: none. */
  readonly images?: Readonly<Record<string, ImageSpec>>;
  /** Variables of every process, under those of images and containers. Default: none. */
  readonly appEnv?: Readonly<Record<string, string>>;
  /** Longest wait for a pod to become ready before its process is started anew, in milliseconds. Default: 60,000. */
  readonly startupDeadlineMs?: number;
  /** Faults from the start, as plain data. */
  readonly faults?: readonly FaultRule[];
  /** Gets every exception that is a mistake of the fake itself. Default: standard error. */
  readonly report?: (error: unknown) => void;
}

/** A running fake. */
export interface FakeKubernetes {
  /** `http://127.0.0.1:<port>`, for callers that shall not be burdened with a certificate. */
  readonly url: string;
  /** The certificate of {@link FakeKubernetes.kubeconfig}'s server, for what stands in front of it. */
  readonly certificate: ServerCertificate;
  /** The administrator's token. */
  readonly token: SecretText;
  /**
   * A kubeconfig for the administrator; holds the token. The server is reached by TLS, as every API server is: the official client sends no token
   * without. `through`: the address of what stands in front of it, with its certificate.
   */
  kubeconfig(through?: string): SecretText;
  /** Changes that took effect, as `secret.create` of `<namespace>/<name>`; what controllers write is not counted. */
  readonly writes: WriteLog;
  /** Set its hooks to inject errors. */
  readonly faults: Faults;
  /** Where requests to a service are answered; undefined where there is none. */
  serviceUrl(namespace: string, name: string): string | undefined;
  /** A token of a service account for the audiences (the API's own unless given), good for `seconds` (3,600 unless given). */
  tokenFor(
    namespace: string,
    name: string,
    audiences?: readonly string[],
    seconds?: number,
  ): Promise<SecretText>;
  /** Resolves when every node has learned of the pods that are leaving: no request reaches one of them from then on. */
  settled(): Promise<void>;
  /** Ends every pod and the server. Safe to repeat. */
  stop(): Promise<void>;
}

const SETTLED_MS = 30_000;

/** Namespaces that every cluster has. */
const NAMESPACES = ["default", "kube-system"];

/** Starts the fake; resolves once it listens. */
export async function startKubernetes(options: KubernetesOptions): Promise<FakeKubernetes> {
  const dir = resolve(options.dir);
  const [volumes, logDir] = [join(dir, "volumes"), join(dir, "logs")];
  for (const folder of [volumes, logDir]) mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { images, appEnv, startupDeadlineMs = 60_000, report = reportToStderr } = options;
  const settings = runSettings({
    images: images ?? {},
    appEnv: appEnv ?? {},
    startupDeadlineMs,
    logDir,
  });
  const objects = new ObjectStore();
  // Before the controllers, whose own changes follow those that they answer.
  const watches = new Watches(objects);
  const writes = new WriteLog();
  const token = new SecretText(randomBytes(24).toString("base64url"));
  const tokens = await TokenAuthority.create(token, objects);
  const faults = faultsOf(options.faults ?? []);
  const rollouts = new Map<string, Rollout>();
  const pods = () => [...rollouts.values()].flatMap((rollout) => rollout.all);
  const services = new Services(objects, pods, report);
  keepEndpoints(objects);
  const folderOf = (namespace: string, name: string) => {
    const place = { kind: kindOf("PersistentVolumeClaim"), namespace, name };
    return objects.find(place) && join(volumes, `${namespace}.${name}`);
  };
  const halt = new AbortController();
  const node = { objects, settings, folderOf, report, halted: halt.signal };
  const endings = new Set<Promise<void>>();

  objects.onChange((kind, object, how) => {
    const { name, namespace = "" } = object.metadata;
    const key = `${namespace}/${name}`;
    if (kind.kind === "Service") services.changed(object, how);
    if (kind.kind === "PersistentVolumeClaim") claimChanged(object, how);
    if (kind.kind !== "Deployment") return;
    const rollout = rollouts.get(key) ?? new Rollout({ kind, namespace, name }, node);
    rollouts.set(key, rollout);
    const leaving = object.metadata.deletionTimestamp !== undefined;
    if (how === "put" && !leaving) return rollout.reconcile();
    if (how === "deleted") rollouts.delete(key);
    const ending = rollout.stop().finally(() => endings.delete(ending));
    endings.add(ending);
    const place = { kind, namespace, name };
    if (leaving) void ending.then(() => objects.find(place) && objects.remove(place));
  });

  function claimChanged(object: KubeObject, how: "put" | "deleted"): void {
    const { name, namespace = "" } = object.metadata;
    const folder = join(volumes, `${namespace}.${name}`);
    if (how === "deleted") return rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const kind = kindOf("PersistentVolumeClaim");
    objects.put({ kind, namespace, name }, { ...object, status: { phase: "Bound" } });
  }

  for (const name of NAMESPACES)
    objects.put({ kind: kindOf("Namespace"), namespace: "", name }, { metadata: {} } as KubeObject);
  const api = new ObjectApi(objects, writes);
  const certificate = loopbackCertificate();
  const answers = listener({ api, watches, tokens, faults }, report);
  // Idle connections are the clients' to close: a call on one that this side closes meanwhile would be lost.
  const keepAliveTimeout = 0;
  const servers = [
    http.createServer({ keepAliveTimeout }, answers),
    https.createServer(
      { keepAliveTimeout, key: certificate.key, cert: certificate.certificate },
      answers,
    ),
  ] as const;
  const [port, securePort] = await Promise.all([
    listening(servers[0], options.port),
    listening(servers[1], 0),
  ]);
  const url = `http://127.0.0.1:${port}`;
  const secureUrl = `https://127.0.0.1:${securePort}`;
  let stopping: Promise<void> | undefined;
  const stop = async () => {
    await Promise.all(servers.map(closed));
    halt.abort();
    await Promise.all([...[...rollouts.values()].map((rollout) => rollout.stop()), ...endings]);
    await services.stop();
  };
  return {
    ...{ url, certificate, token, writes, faults },
    kubeconfig: (through = secureUrl) =>
      token.map((text) => kubeconfig(through, certificate.certificate, text)),
    serviceUrl: (namespace, name) => services.url(namespace, name),
    tokenFor: async (namespace, name, audiences, seconds) =>
      (await tokens.issue(namespace, name, audiences, seconds)).token,
    settled: () =>
      until(
        "nodes know which pods are leaving",
        () => pods().every(({ ready, endpoint }) => ready || endpoint === undefined),
        SETTLED_MS,
      ),
    stop: () => (stopping ??= stop()),
  };
}

/** Resolves with the port once the server listens on it. */
async function listening(server: http.Server | https.Server, port = 0): Promise<number> {
  await new Promise<void>((done, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", done);
  });
  return (server.address() as AddressInfo).port;
}

async function closed(server: http.Server | https.Server): Promise<void> {
  const done = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await done;
}

/** A kubeconfig, as JSON, which is YAML too. */
function kubeconfig(server: string, certificate: string, token: string): string {
  const name = "fake";
  const authority = Buffer.from(certificate).toString("base64");
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": name,
    clusters: [{ name, cluster: { server, "certificate-authority-data": authority } }],
    users: [{ name, user: { token } }],
    contexts: [{ name, context: { cluster: name, user: name, namespace: "default" } }],
  });
}

function reportToStderr(error: unknown): void {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`fake Kubernetes: ${text}\n`);
}
