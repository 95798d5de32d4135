import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { SecretText } from "../../../components/secret-text";
import { readKvMetadata } from "../../../operator/vault";
import { entryOf } from "../../../stacks/project/inventory";
import { VALUE_WRITES } from "./calls";
import { CountedAws, NAMESPACE, OpenedVault, ProjectClouds } from "./clouds";

/** Writes of each store since it was set up, by store, for one secret. */
export type Writes = Readonly<Record<string, number>>;

/** The first part of every entry's name. */
export const PREFIX = "project/prod";

/** True for the name of an object in the cluster that holds generations of the secret. */
export function isObjectOf(secret: string, name: string): boolean {
  if (secret === "ENCRYPTION_KEY") return /^encryption-keys(-\d+)+$/.test(name);
  return new RegExp(`^${entryOf(secret)}-g\\d+$`).test(name);
}

/** Counts what was written of a secret so far: versions and labels in the stores, objects in the cluster. */
export async function writesOf(
  { counted, opened, cluster }: ProjectClouds,
  secret: string,
): Promise<Writes> {
  const entry = entryOf(secret);
  // The keyring's objects hold lists of keys: every move makes one, and the one before it goes.
  const counts = secret === "ENCRYPTION_KEY" ? /^secret\.create$/ : /^secret\./;
  const objects = cluster.writes
    .list()
    .filter(
      ({ kind, resource }) =>
        counts.test(kind) && isObjectOf(secret, resource.replace(`${NAMESPACE}/`, "")),
    );
  return {
    ...(counted ? { "AWS Secrets Manager": awsWrites(counted, entry) } : {}),
    ...(opened ? { "Vault KV": await vaultVersion(opened, entry) } : {}),
    Kubernetes: objects.length,
  };
}

function awsWrites({ proxy }: CountedAws, entry: string): number {
  const mine = proxy.calls.filter(
    ({ name }) => VALUE_WRITES.test(name) && name.endsWith(` ${PREFIX}/${entry}`),
  );
  return mine.length;
}

async function vaultVersion({ client }: OpenedVault, entry: string): Promise<number> {
  return (await readKvMetadata(client, "secret", `${PREFIX}/${entry}`))?.currentVersion ?? 0;
}

/** What each store says of a secret's versions, one line each; no values. */
export async function versionsOf(
  { counted, opened }: ProjectClouds,
  secret: string,
): Promise<string[]> {
  const entry = entryOf(secret);
  const lines: string[] = [];
  if (counted) {
    const labels = (await awsLabels(counted, entry)).map((one) => one.join("+")).sort();
    lines.push(`AWS Secrets Manager: versions with labels ${labels.join(", ")}`);
  }
  if (opened) {
    const found = await readKvMetadata(opened.client, "secret", `${PREFIX}/${entry}`);
    const { "rekey-live": live = "none" } = found?.customMetadata ?? {};
    lines.push(`Vault KV: version ${found?.currentVersion ?? 0} holds generations ${live}`);
  }
  return lines;
}

async function awsLabels(counted: CountedAws, entry: string): Promise<string[][]> {
  return atAws(counted, async (client) => Object.values(await labelsBy(client, entry)));
}

/** What each label of a secret leads to in AWS. Not counted: it asks past the proxy. */
export function awsValues(
  counted: CountedAws,
  entry: string,
): Promise<(readonly [label: string, value: SecretText])[]> {
  return atAws(counted, async (client) => {
    const found: (readonly [string, SecretText])[] = [];
    for (const [VersionId, labels] of Object.entries(await labelsBy(client, entry))) {
      const command = new GetSecretValueCommand({ SecretId: `${PREFIX}/${entry}`, VersionId });
      const value = new SecretText((await client.send(command)).SecretString ?? "");
      found.push(...labels.map((label) => [label, value] as const));
    }
    return found;
  });
}

async function labelsBy(
  client: SecretsManagerClient,
  entry: string,
): Promise<Readonly<Record<string, string[]>>> {
  const command = new DescribeSecretCommand({ SecretId: `${PREFIX}/${entry}` });
  return (await client.send(command)).VersionIdsToStages ?? {};
}

async function atAws<R>(
  { aws }: CountedAws,
  use: (client: SecretsManagerClient) => Promise<R>,
): Promise<R> {
  const { url: endpoint, region, accessKeyId, secretAccessKey } = aws;
  const credentials = { accessKeyId, secretAccessKey: secretAccessKey.reveal() };
  const client = new SecretsManagerClient({ endpoint, region, credentials });
  try {
    return await use(client);
  } finally {
    client.destroy();
  }
}
