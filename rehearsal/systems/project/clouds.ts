import { join } from "node:path";
import type { SecretText } from "../../../components/secret-text";
import { KubernetesClient, readKubeconfig } from "../../../operator/kubernetes";
import type { VaultClient } from "../../../operator/vault";
import { HOME } from "../../../operator/workspace";
import { CloudOptions, Clouds, Parts, postgresEnvironment, startTogether } from "../../clouds";
import { Aws, startAws } from "../../clouds/aws";
import { FaultProxy, startFaultProxy } from "../../clouds/fault-proxy";
import { FakeKubernetes, startKubernetes } from "../../clouds/kubernetes";
import { startPostgres } from "../../clouds/postgres";
import {
  GoogleOauthSimulator,
  startGoogleOauthSimulator,
} from "../../clouds/simulators/google-oauth";
import { OpenRouterSimulator, startOpenRouterSimulator } from "../../clouds/simulators/openrouter";
import { PushSimulator, startPushSimulator } from "../../clouds/simulators/push";
import { Vault, startVault } from "../../clouds/vault";
import { requireFreePort, requireLoopback } from "../../guard";
import { AwsIdentities } from "./aws-identities";
import { namedCall } from "./calls";

/** AWS with a proxy before it that counts the calls, and with the roles that are there before rekey comes. */
export interface CountedAws {
  readonly aws: Aws;
  readonly proxy: FaultProxy;
  readonly identities: AwsIdentities;
}

/** Vault with the program's own client. */
export interface OpenedVault {
  readonly vault: Vault;
  readonly client: VaultClient;
}

/** A cluster with a database beside it, the chosen stores, and simulators of the services that project uses. */
export interface ProjectClouds extends Clouds {
  readonly cluster: FakeKubernetes;
  readonly kubernetes: KubernetesClient;
  readonly counted: CountedAws | undefined;
  readonly opened: OpenedVault | undefined;
  readonly openrouter: OpenRouterSimulator;
  readonly google: GoogleOauthSimulator;
  readonly push: PushSimulator;
  /** Pages of the load that searched and were shown without hits, because search did not answer. */
  degraded: number;
  /** What the services issued last, which may not be in use yet. */
  issued: { readonly openrouter: SecretText; readonly gmail: SecretText };
}

/** project's database, and the common name of its users. */
export const DATABASE = "project";

/** The namespace of project's workloads. */
export const NAMESPACE = "project";

/** The image of a workload, which runs the sample application in that mode. */
export function imageOf(workload: string): string {
  return `images.example.com/project/${workload}:1.0.0`;
}

/** What runs in place of an image. */
export const APP = [process.execPath, join(HOME, "rehearsal/app/main.cjs")] as const;

/** Starts project's clouds, each on loopback only. */
export function startProjectClouds(options: CloudOptions): Promise<ProjectClouds> {
  return startTogether(async (parts) => {
    const { dir, postgresPort, backends = ["aws"] } = options;
    await requireFreePort("--postgres-port", postgresPort);
    const postgres = await startPostgres({
      ...{ dir: join(dir, "postgres"), port: postgresPort ?? 0, log: true },
    });
    parts.add({ stop: () => postgres.remove(), keep: () => postgres.keep() });
    const { cluster, kubernetes } = await startCluster(parts, dir);
    const counted = backends.includes("aws") ? await countedAws(parts, dir) : undefined;
    const opened = backends.includes("vault") ? await openedVault(parts, dir) : undefined;
    const simulators = {
      openrouter: await startOpenRouterSimulator(),
      google: await startGoogleOauthSimulator(),
      push: await startPushSimulator(),
    };
    for (const simulator of Object.values(simulators)) parts.add({ stop: () => simulator.stop() });
    const addresses = {
      Kubernetes: cluster.url,
      ...(counted ? { AWS: counted.proxy.url } : {}),
      ...(opened ? { Vault: opened.vault.address } : {}),
    };
    requireLoopback(addresses);
    return {
      ...{ postgres, cluster, kubernetes, counted, opened, ...simulators },
      degraded: 0,
      issued: { openrouter: simulators.openrouter.issue(), gmail: simulators.google.issue() },
      kinds: [
        { name: `PostgreSQL ${postgres.version}`, kind: "real" },
        ...(counted ? [{ name: "AWS", kind: "emulated" as const }] : []),
        ...(opened ? [{ name: `OpenBao ${opened.vault.version}`, kind: "real" as const }] : []),
        { name: "Kubernetes", kind: "fake" },
        ...["OpenRouter", "Google OAuth", "push service"].map((name) => ({
          name,
          kind: "fake" as const,
        })),
      ],
      addresses: { "PostgreSQL (real)": `${postgres.host}:${postgres.port}`, ...addresses },
      environment: postgresEnvironment(postgres),
      pids: [postgres.pid],
      settled: () => cluster.settled(),
      keep: parts.keep,
      stop: parts.stop,
    };
  });
}

async function startCluster(parts: Parts, dir: string) {
  const image = (workload: string) => [
    imageOf(workload),
    { command: [...APP], env: { APP_MODE: `project-${workload}` } },
  ];
  const cluster = await startKubernetes({
    dir: join(dir, "kubernetes"),
    images: Object.fromEntries(["backend", "agents", "search"].map(image)) as Record<
      string,
      { command: [string, ...string[]] }
    >,
  });
  parts.add({ stop: () => cluster.stop() });
  const kubernetes = new KubernetesClient(readKubeconfig(cluster.kubeconfig().reveal()));
  parts.add({ stop: () => Promise.resolve(kubernetes.close()) });
  return { cluster, kubernetes };
}

async function countedAws(parts: Parts, dir: string): Promise<CountedAws> {
  const aws = await startAws({ dir: join(dir, "aws") });
  parts.add({ stop: () => aws.stop() });
  const proxy = await startFaultProxy({ target: aws.url, describe: namedCall });
  parts.add({ stop: () => proxy.stop() });
  const identities = await AwsIdentities.make(aws);
  parts.add({ stop: () => identities.close() });
  return { aws, proxy, identities };
}

async function openedVault(parts: Parts, dir: string): Promise<OpenedVault> {
  const vault = await startVault({ dir: join(dir, "vault"), rights: "deploy" });
  parts.add({ stop: () => vault.stop() });
  return { vault, client: vault.client(vault.token) };
}
