import * as pulumi from "@pulumi/pulumi";
import {
  KubernetesSecretEnv,
  kubernetesSecretEnv,
  syncedSecretEnv,
} from "../../components/consumers/kubernetes-env";
import { KubernetesCronJob } from "../../components/consumers/kubernetes-cron-job";
import { KubernetesWorkload } from "../../components/consumers/kubernetes-workload";
import { Accepts } from "../../components/inventory";
import { KubernetesSecret } from "../../components/stores/kubernetes-secret";
import { databaseEnv } from "../self-hosted/database";
import { entryOf } from "./inventory";
import { WorkloadsArgs, keyringObject, secretObjects } from "./objects";
import { JOBS, ProjectSettings, Workload } from "./settings";

/** Ports in the cluster; search's is Meilisearch's own. */
const PORTS: Readonly<Record<Workload, number>> = { backend: 8000, agents: 8001, search: 7700 };

/** Which secrets a workload reads, in the words of {@link kubernetesSecretEnv}; the keyring is a list of its own. */
export const VARIABLES: Readonly<Record<Workload, Readonly<Record<string, Accepts>>>> = {
  backend: {
    JWT_SECRET: "many",
    // It only signs; the agents verify.
    DELEGATION_JWT_SECRET: "one",
    POSTGRES_PASSWORD: "one",
    GMAIL_CLIENT_SECRET: "one",
    GMAIL_CLIENT_ID: "one",
    GMAIL_STATE_SECRET: "many",
    VAPID_PRIVATE_KEY: "many",
    VAPID_PUBLIC_KEY: "many",
    // Search knows one key; a backend that has both asks with the one that search has at that moment.
    MEILI_API_KEY: "many",
  },
  agents: {
    DELEGATION_JWT_SECRET: "many",
    OPENROUTER_API_KEY: "one",
    OPENCLAW_GATEWAY_TOKEN: "many",
  },
  search: { MEILI_API_KEY: "one" },
};

/** The secrets that each workload and job may read in the stores; search has no way to ask one. */
export const READS = {
  backend: [...Object.keys(VARIABLES.backend), "ENCRYPTION_KEY"],
  agents: Object.keys(VARIABLES.agents),
  backup: ["POSTGRES_PASSWORD"],
  monitoring: ["POSTGRES_PASSWORD"],
} as const;

/** What runs in the cluster. */
export interface ProjectWorkloads {
  readonly workloads: Readonly<Record<Workload, KubernetesWorkload>>;
  readonly jobs: readonly KubernetesCronJob[];
}

/**
 * Declares the objects that hold the secrets, the three workloads and the jobs that refer to them. The agents are there before the backend that
 * calls them: they know a delegation key before anybody signs with it.
 */
export function projectWorkloads(args: WorkloadsArgs): ProjectWorkloads {
  const { settings, secrets, users, synced } = args;
  const objects = secretObjects(args);
  const declare = (workload: Workload, more: Partial<Part>, dependsOn: pulumi.Resource[] = []) =>
    workloadOf(workload, settings, objects, more, [...dependsOn, ...synced]);
  const agents = declare("agents", { env: { OPENROUTER_URL: settings.openrouterUrl } });
  const search = declare("search", {
    env: { MEILI_DB_PATH: "/meili_data", MEILI_NO_ANALYTICS: "true" },
    renamed: { MEILI_API_KEY: "MEILI_MASTER_KEY" },
  });
  const keyring = keyringObject(args);
  const backend = declare(
    "backend",
    {
      env: {
        ...databaseEnv(settings.database, secrets.database),
        ENCRYPTION_KEY_VERSIONS: secrets.encryption.keyVersions,
        AGENTS_URL: agents.uri,
        MEILI_URL: search.uri,
        GOOGLE_OAUTH_URL: settings.googleOauthUrl,
      },
      secretEnv: [{ name: "ENCRYPTION_KEY", secretName: keyring.metadata.name }],
      generations: { ENCRYPTION_KEY: secrets.encryption.forConsumers.active.generation },
    },
    [agents, search, users],
  );
  const jobs = databaseJobs(args, objects.get("POSTGRES_PASSWORD") as KubernetesSecret);
  return { workloads: { backend, agents, search }, jobs };
}

/** What logs in to the database by the clock. An activation reaches its next run; one that is under way ends with the user that it began with. */
function databaseJobs({ settings, secrets, users }: WorkloadsArgs, password: KubernetesSecret) {
  const { kubernetes, database } = settings;
  return JOBS.flatMap((job) => {
    const image = kubernetes[`${job}Image`];
    if (image === undefined) return [];
    return new KubernetesCronJob(
      `project-${job}`,
      {
        ...{ namespace: kubernetes.namespace, jobName: job, image },
        schedule: kubernetes[`${job}Schedule`],
        env: databaseEnv(database, secrets.database),
        secretEnv: kubernetesSecretEnv("POSTGRES_PASSWORD", password, "one"),
        generations: { POSTGRES_PASSWORD: password.generation },
      },
      { dependsOn: [users] },
    );
  });
}

/** What differs from workload to workload. */
interface Part {
  readonly env: Readonly<Record<string, pulumi.Input<string>>>;
  readonly secretEnv: readonly KubernetesSecretEnv[];
  readonly generations: Readonly<Record<string, number>>;
  /** Variables that the workload knows by another name than the secret's. */
  readonly renamed: Readonly<Record<string, string>>;
}

function workloadOf(
  workload: Workload,
  { kubernetes, vault }: ProjectSettings,
  objects: ReadonlyMap<string, KubernetesSecret>,
  { env = {}, secretEnv = [], generations = {}, renamed = {} }: Partial<Part>,
  dependsOn: pulumi.Resource[],
): KubernetesWorkload {
  const { namespace, exposed, deadlineSeconds, searchSize } = kubernetes;
  const used = Object.entries(VARIABLES[workload]).flatMap(([name, accepts]) => {
    const store = objects.get(name);
    return store === undefined ? [] : [[name, accepts, store] as const];
  });
  // What a rotation function writes, and what is taken in past the program, it never sees: the cluster itself keeps these objects in step with the store.
  const synced = Object.entries(VARIABLES[workload])
    .filter(([name]) => !objects.has(name))
    .flatMap(([name, accepts]) => syncedSecretEnv(renamed[name] ?? name, entryOf(name), accepts));
  // One process alone may open the index.
  const alone = {
    replicas: 1,
    rollout: "recreate",
    readyPath: "/health",
    data: { mountPath: "/meili_data", size: searchSize },
  } as const;
  return new KubernetesWorkload(
    `project-${workload}`,
    {
      ...{ namespace, deadlineSeconds, env },
      workloadName: workload,
      image: kubernetes[`${workload}Image`],
      port: PORTS[workload],
      exposed: exposed.includes(workload),
      ...(workload === "search" ? alone : {}),
      // Search asks no store, and the role of the others is bound to their accounts.
      ...(vault.roles === "kubernetes" && workload !== "search" ? { tokenAudience: "vault" } : {}),
      secretEnv: [
        ...used.flatMap(([name, accepts, store]) =>
          kubernetesSecretEnv(renamed[name] ?? name, store, accepts),
        ),
        ...synced,
        ...secretEnv,
      ],
      generations: {
        ...Object.fromEntries(used.map(([name, , store]) => [name, store.generation])),
        ...generations,
      },
    },
    { dependsOn },
  );
}
