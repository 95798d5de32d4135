import { GetSecretValueCommand } from "@aws-sdk/client-secrets-manager";
import { readParts } from "../../../components/parts";
import { SecretText } from "../../../components/secret-text";
import { CREDENTIAL_PARTS } from "../../../components/stores/credential-text";
import { readKv } from "../../../operator/vault";
import { entryOf } from "../../../stacks/project/inventory";
import { JOBS } from "../../../stacks/project/settings";
import { MOUNT } from "../../clouds/vault/set-up";
import type { LoadRequest } from "../../traffic";
import { tryDatabase } from "../probes";
import type { Answer } from "../system";
import { asAppRole } from "./access-vault";
import { AWS_READERS } from "./aws-identities";
import { CountedAws, DATABASE, OpenedVault, ProjectClouds } from "./clouds";
import { jobVariables } from "./cluster";
import { PREFIX } from "./writes";

const PATH = `${PREFIX}/${entryOf("POSTGRES_PASSWORD")}`;

/** A run of one that logs in to the database; each run begins anew. */
type Run = () => Promise<Answer>;

/**
 * What logs in to the database besides the backend, each at its turn of the load: the jobs of the cluster with the variables of their next run,
 * and a job outside it that reads the password in each chosen store by its own role.
 */
export async function databaseClients(clouds: ProjectClouds): Promise<LoadRequest[]> {
  const { counted, opened } = clouds;
  const runs: [kind: string, run: Run][] = [
    ...JOBS.map((job): [string, Run] => [job, () => inCluster(clouds, job)]),
    ...(counted ? [["backup by AWS", byAws(clouds, counted)] as [string, Run]] : []),
    ...(opened ? [["backup by Vault", await byVault(clouds, opened)] as [string, Run]] : []),
  ];
  return runs.map(([kind, run]) => ({
    kind,
    url: `postgresql://${clouds.postgres.host}:${clouds.postgres.port}/${DATABASE}`,
    send: async () => ((await run()) === "accepted" ? 200 : 401),
  }));
}

async function inCluster(clouds: ProjectClouds, job: string): Promise<Answer> {
  const { POSTGRES_USER: user, POSTGRES_PASSWORD: password } = await jobVariables(clouds, job);
  if (!user || !password) throw new Error(`the job ${job} is given no log-in`);
  return logIn(clouds, user.reveal(), password);
}

/** AWS keeps the user beside the password, in one text. */
function byAws(clouds: ProjectClouds, { identities }: CountedAws): Run {
  return async () => {
    const client = await identities.as(AWS_READERS.backup);
    const { SecretString = "" } = await client.send(new GetSecretValueCommand({ SecretId: PATH }));
    const read = readParts(SecretString, CREDENTIAL_PARTS);
    if (!("parts" in read)) throw new Error(`the log-in in AWS ${read.problem}`);
    const { username = "", password = "" } = read.parts;
    return logIn(clouds, username, new SecretText(password));
  };
}

/** Vault keeps the user beside the password, in one version. */
async function byVault(clouds: ProjectClouds, opened: OpenedVault): Promise<Run> {
  const client = await asAppRole(opened, AWS_READERS.backup);
  return async () => {
    const { value, username } = (await readKv(client, MOUNT, PATH))?.data ?? {};
    if (!value || !username) throw new Error("Vault gave no log-in");
    return logIn(clouds, username.reveal(), value);
  };
}

function logIn({ postgres }: ProjectClouds, user: string, password: SecretText): Promise<Answer> {
  const { host, port } = postgres;
  return tryDatabase({ host, port, database: DATABASE, user, password });
}
