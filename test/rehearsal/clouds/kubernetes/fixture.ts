/** A fake Kubernetes with an application that tells which value it runs with, and the objects that the specs make of it. */
import { mkdtemp, rm } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KubernetesClient, readKubeconfig } from "../../../../operator/kubernetes";
import type { FaultProxyOptions } from "../../../../rehearsal/clouds/fault-proxy";
import {
  startKubernetes,
  type FakeKubernetes,
  type KubernetesOptions,
} from "../../../../rehearsal/clouds/kubernetes";

export const NAMESPACE = "project";
export const IMAGE = "images.example.com/example/search:1.0.0";

// Answers with its key; `/readyz` works unless the key says otherwise; `/add` counts in a file of its folder, if it has one.
const APP = `
const { readFileSync, writeFileSync } = require("node:fs");
const file = process.env.DATA && process.env.DATA + "/index";
const server = require("node:http").createServer((request, response) => {
  if (request.url === "/readyz") return response.writeHead(process.env.KEY.startsWith("bad") ? 503 : 200).end();
  if (request.url === "/add") writeFileSync(file, "kept");
  const index = file && (() => { try { return readFileSync(file, "utf8"); } catch { return "empty"; } })();
  response.end(JSON.stringify({ key: process.env.KEY, accepted: process.env.KEY_ACCEPTED_A, index, pid: process.pid }));
});
server.keepAliveTimeout = 75000;
server.listen(Number(process.env.PORT), "127.0.0.1");
process.on("SIGTERM", () => server.close(() => process.exit(0)));
`;

export interface Started {
  readonly fake: FakeKubernetes;
  readonly client: KubernetesClient;
  stop(): Promise<void>;
}

/** `images`: what runs in place of further images. */
export async function startFake(images: KubernetesOptions["images"] = {}): Promise<Started> {
  const dir = await mkdtemp(join(tmpdir(), "rekey-kubernetes-"));
  const fake = await startKubernetes({
    dir,
    images: { [IMAGE]: { command: [process.execPath, "-e", APP] }, ...images },
  });
  const client = new KubernetesClient(readKubeconfig(fake.kubeconfig().reveal()));
  await client.create("/api/v1/namespaces", {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: NAMESPACE },
  });
  return {
    fake,
    client,
    stop: async () => {
      client.close();
      await fake.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** A proxy's settings, for calls of the fake that are to fail. A watch is no list, and a trial no write: each bears another name. */
export function inFrontOf({ url: target, certificate }: FakeKubernetes): FaultProxyOptions {
  const describe = ({ method, url = "" }: IncomingMessage) => {
    const { pathname, searchParams } = new URL(url, target);
    const kind = ["watch", "dryRun"].find((one) => searchParams.has(one));
    return `${kind === undefined ? "" : `${kind} `}${method} ${pathname}`;
  };
  return { target, certificate, describe };
}

/** A client of the fake with another token. */
export function clientWith({ fake, client }: Started, token: FakeKubernetes["token"]) {
  return new KubernetesClient({ ...client.access, server: fake.url, token });
}

/** Names an object in the spec's namespace. */
export function named(plural: string, name: string, apiVersion = "v1") {
  return { apiVersion, plural, namespace: NAMESPACE, name };
}

export function secret(name: string, value: string, immutable = true) {
  const data = { value: Buffer.from(value).toString("base64") };
  return { apiVersion: "v1", kind: "Secret", metadata: { name }, immutable, data };
}

export function service(name: string) {
  const spec = { selector: { app: name }, ports: [{ port: 80 }] };
  return { apiVersion: "v1", kind: "Service", metadata: { name }, spec };
}

/** Longer than the fake's nodes take to learn that a pod is leaving. */
export const HOOK = { preStop: { sleep: { seconds: 2 } } };

/** A deployment that runs with `value` of the secret, and serves on for a while when it is to end, as `lifecycle` says. */
export function deployment(
  name: string,
  secretName: string,
  more: object = {},
  lifecycle: object = HOOK,
) {
  const labels = { app: name };
  const valueFrom = { secretKeyRef: { name: secretName, key: "value" } };
  const container = {
    ...{ name, image: IMAGE, env: [{ name: "KEY", valueFrom }] },
    readinessProbe: { httpGet: { path: "/readyz", port: 8080 }, periodSeconds: 1 },
    lifecycle,
  };
  const template = { metadata: { labels }, spec: { containers: [container] } };
  const rollingUpdate = { maxSurge: 1, maxUnavailable: 0 };
  const strategy = { type: "RollingUpdate", rollingUpdate };
  const spec = { replicas: 2, selector: { matchLabels: labels }, strategy, template, ...more };
  return { apiVersion: "apps/v1", kind: "Deployment", metadata: { name }, spec };
}
