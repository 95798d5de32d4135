import { createHash } from "node:crypto";
import { readKv } from "../../../operator/vault";
import { entryOf } from "../../../stacks/project/inventory";
import { MOUNT } from "../../clouds/vault/set-up";
import { stateParts } from "../../state-secrets";
import type { Stage } from "../system";
import { CountedAws, NAMESPACE, OpenedVault, ProjectClouds } from "./clouds";
import { variablesOf } from "./cluster";
import { NAMES } from "./hold";
import { PREFIX, awsValues } from "./writes";

type Part = [name: string, digest: string];

/** The workloads' variables, the cluster's objects, what the stores hold and the stack's resources, part by part, as digests. */
export async function snapshot({
  clouds,
  project,
  engine,
}: Stage<ProjectClouds>): Promise<ReadonlyMap<string, string>> {
  return new Map([
    ...(await variables(clouds)),
    ...(await objects(clouds)),
    ...(clouds.counted ? await inAws(clouds.counted) : []),
    ...(clouds.opened ? await inVault(clouds.opened) : []),
    ...(await stateParts(project, engine)),
  ]);
}

async function variables(clouds: ProjectClouds): Promise<Part[]> {
  const parts: Part[] = [];
  for (const workload of ["backend", "agents", "search"])
    for (const [name, value] of Object.entries(await variablesOf(clouds, workload)))
      parts.push([`variable ${workload}/${name}`, digest(value.reveal())]);
  return parts;
}

async function objects({ kubernetes }: ProjectClouds): Promise<Part[]> {
  const all = { apiVersion: "v1", plural: "secrets", namespace: NAMESPACE, name: "" };
  const found = await kubernetes.list(all);
  return found.map(({ metadata, data }) => [
    `object ${metadata.name}`,
    digest(JSON.stringify(data)),
  ]);
}

/** What each label of a secret leads to. */
async function inAws(counted: CountedAws): Promise<Part[]> {
  const parts: Part[] = [];
  for (const name of NAMES)
    for (const [label, value] of await awsValues(counted, entryOf(name)))
      parts.push([`version AWS ${name} ${label}`, digest(value.reveal())]);
  return parts;
}

async function inVault({ client }: OpenedVault): Promise<Part[]> {
  const parts: Part[] = [];
  for (const name of NAMES) {
    const { data = {} } = (await readKv(client, MOUNT, `${PREFIX}/${entryOf(name)}`)) ?? {};
    for (const [field, value] of Object.entries(data))
      parts.push([`version Vault ${name} ${field}`, digest(value.reveal())]);
  }
  return parts;
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
