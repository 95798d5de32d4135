import { SecretText } from "../../../components/secret-text";
import type { KubernetesObject } from "../../../operator/kubernetes";
import { launch } from "../../processes";
import { APP, NAMESPACE, ProjectClouds } from "./clouds";

/** Makes the namespace, which a cluster's administrators do before rekey comes. */
export async function makeNamespace({ kubernetes }: ProjectClouds): Promise<void> {
  await kubernetes.create("/api/v1/namespaces", {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: NAMESPACE },
  });
}

/** Where a workload answers. */
export function urlOf(
  { cluster }: ProjectClouds,
  workload: "backend" | "agents" | "search",
): string {
  const url = cluster.serviceUrl(NAMESPACE, workload);
  if (url === undefined) throw new Error(`the cluster has no service ${workload}`);
  return url;
}

interface Variable {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: { readonly secretKeyRef: { readonly name: string; readonly key: string } };
}

interface PodTemplate {
  readonly spec: { readonly containers: readonly { readonly env: readonly Variable[] }[] };
}

/** The variables that a workload's pods are started with, as its deployment and the secrets that it refers to say now. */
export async function variablesOf(
  clouds: ProjectClouds,
  workload: string,
): Promise<Readonly<Record<string, SecretText>>> {
  const { spec } = await read(clouds, "apps/v1", "deployments", workload);
  return variablesIn(clouds, (spec as { template: PodTemplate }).template);
}

/** The variables that a job's next run is started with. */
export async function jobVariables(
  clouds: ProjectClouds,
  job: string,
): Promise<Readonly<Record<string, SecretText>>> {
  const { spec } = await read(clouds, "batch/v1", "cronjobs", job);
  const { jobTemplate } = spec as { jobTemplate: { spec: { template: PodTemplate } } };
  return variablesIn(clouds, jobTemplate.spec.template);
}

async function variablesIn(
  clouds: ProjectClouds,
  template: PodTemplate,
): Promise<Readonly<Record<string, SecretText>>> {
  const values: Record<string, string> = {};
  for (const { name, value, valueFrom } of template.spec.containers[0]?.env ?? [])
    values[name] =
      valueFrom === undefined
        ? (value ?? "")
        : (await valueOf(clouds, valueFrom.secretKeyRef.name, valueFrom.secretKeyRef.key)).reveal();
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, new SecretText(value)]),
  );
}

/** One key of a secret. */
export async function valueOf(
  clouds: ProjectClouds,
  name: string,
  key = "value",
): Promise<SecretText> {
  const { data } = await read(clouds, "v1", "secrets", name);
  const text = (data as Record<string, string> | undefined)?.[key];
  if (text === undefined) throw new Error(`the secret ${name} has no key ${key}`);
  return new SecretText(Buffer.from(text, "base64").toString("utf8"));
}

async function read(
  { kubernetes }: ProjectClouds,
  apiVersion: string,
  plural: string,
  name: string,
): Promise<KubernetesObject> {
  const found = await kubernetes.read({ apiVersion, plural, namespace: NAMESPACE, name });
  if (!found) throw new Error(`the cluster has no ${plural}/${name}`);
  return found;
}

/** Runs a job of the application with the backend's variables, as an operator does in the cluster; fails unless it ends well. */
export async function runJob(clouds: ProjectClouds, mode: string): Promise<void> {
  const variables = await variablesOf(clouds, "backend");
  const env = Object.fromEntries(
    Object.entries(variables).map(([name, value]) => [name, value.reveal()]),
  );
  const [command, main] = APP;
  const child = await launch({
    name: mode,
    command,
    args: [main],
    env: { PATH: process.env["PATH"] ?? "/usr/bin:/bin", ...env, APP_MODE: mode },
    leash: "wrapped",
  });
  const { code } = await child.exit;
  if (code !== 0) throw new Error(`the job ${mode} failed: ${child.tail()}`);
}
