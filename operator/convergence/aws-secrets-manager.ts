import type {
  DescribeSecretCommandOutput,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { DECLARED_LABEL, labelledGeneration } from "../../components/stores/aws-staging-labels";
import { SecretText } from "../../components/secret-text";
import { passwordIn } from "../../components/stores/credential-text";
import { callAws, findInAws } from "../aws-call";
import type { KnownResource } from "../recovery/state";
import { secretsManagerOf } from "./aws-client";
import {
  type HeldVersion,
  type KnownVersion,
  type Reading,
  type Store,
  type StoreEntry,
  generationIn,
  nameOf,
  quoted,
  textOf,
} from "./store";

const COMPONENT = "rekey:index:AwsSecretsManager";
const SECRET = "aws:secretsmanager/secret:Secret";
const VERSION = "aws:secretsmanager/secretVersion:SecretVersion";
const CURRENT = "AWSCURRENT";

/**
 * AWS Secrets Manager. Labels of our own (`rekey-g5`) say which version is which generation; AWSCURRENT is what readers get. Versions with
 * neither (AWSPREVIOUS, AWSPENDING) are not of the stack and are left out. Of a credential the password is compared, as in every store.
 */
export const awsSecretsManagerStore: Store = {
  kind: "aws-secrets-manager",
  entries,
  reader(config) {
    const client = secretsManagerOf(config);
    return {
      read: (entry) => read(entry, client),
      undo: ({ at, known }, { versionId, generation, current }) => {
        const label = current === true ? CURRENT : `rekey-g${generation}`;
        const wanted = known.find((one) =>
          current === true ? one.current : one.generation === generation && !one.current,
        )?.versionId;
        const to = wanted === undefined ? "" : ` --move-to-version-id ${quoted(wanted)}`;
        return `\`aws secretsmanager update-secret-version-stage --secret-id ${quoted(at.name ?? "")} --version-stage ${label} --remove-from-version-id ${quoted(versionId)}${to}\``;
      },
      close: () => client.destroy(),
    };
  },
};

function entries(resources: readonly KnownResource[]): StoreEntry[] {
  const versions = resources.filter(({ type }) => type === VERSION);
  const credentials = new Set(
    resources
      .filter(({ type, inputs }) => type === COMPONENT && inputs["credential"] === true)
      .map((component) => `${nameOf(component)}-secret`),
  );
  return resources
    .filter(({ type, id }) => type === SECRET && id !== undefined)
    .flatMap((secret) => {
      const { id: arn = "", inputs } = secret;
      const name = textOf(inputs, "name");
      if (name === undefined) return [];
      const own = versions.filter(({ id }) => id?.startsWith(`${arn}|`));
      const byFunction = own.some(({ inputs: { versionStages } }) =>
        (Array.isArray(versionStages) ? versionStages : []).includes(DECLARED_LABEL),
      );
      const at: Record<string, string> = { arn, name };
      if (credentials.has(nameOf(secret))) at["form"] = "credential";
      const entry = { kind: "aws-secrets-manager" as const, name, at };
      return [{ ...entry, known: knownOf(own, arn), ...(byFunction ? { byFunction } : {}) }];
    });
}

function knownOf(versions: readonly KnownResource[], arn: string): KnownVersion[] {
  const isCurrent = (one: KnownResource) => /-current-g\d+$/.test(nameOf(one));
  const copied = versions.some(isCurrent);
  return versions.flatMap((one) => {
    const generation = generationIn(nameOf(one));
    if (generation === undefined) return [];
    const active = isCurrent(one) || one.protect === true;
    const versionId = (one.id ?? "").slice(arn.length + 1);
    return [{ generation, versionId, active, current: copied ? isCurrent(one) : active }];
  });
}

async function read(entry: StoreEntry, client: SecretsManagerClient): Promise<Reading | undefined> {
  const { DescribeSecretCommand } =
    require("@aws-sdk/client-secrets-manager") as typeof import("@aws-sdk/client-secrets-manager");
  const { arn = "", form } = entry.at;
  const about = await findInAws(`AWS Secrets Manager: DescribeSecret on ${arn}`, () =>
    client.send(new DescribeSecretCommand({ SecretId: arn })),
  );
  // A deleted entry can be restored within its window; nobody can read it until then.
  if (about === undefined || about.DeletedDate !== undefined) return undefined;
  const versions = await Promise.all(
    labelled(about).map(async ([versionId, labels]): Promise<HeldVersion> => {
      const generation =
        labelledGeneration(labels) ??
        entry.known.find((one) => one.versionId === versionId)?.generation;
      const text = await valueOf(client, arn, versionId);
      return {
        versionId,
        ...(generation === undefined ? {} : { generation }),
        value: form === "credential" ? passwordIn(text) : text,
        current: labels.includes(CURRENT),
      };
    }),
  );
  const active = versions.find(({ current }) => current)?.generation;
  return { versions, ...(active === undefined ? {} : { active }) };
}

function labelled({ VersionIdsToStages = {} }: DescribeSecretCommandOutput): [string, string[]][] {
  return Object.entries(VersionIdsToStages).filter(
    ([, labels]) => labels.includes(CURRENT) || labelledGeneration(labels) !== undefined,
  );
}

async function valueOf(
  client: SecretsManagerClient,
  arn: string,
  versionId: string,
): Promise<SecretText> {
  const { GetSecretValueCommand } =
    require("@aws-sdk/client-secrets-manager") as typeof import("@aws-sdk/client-secrets-manager");
  const { SecretString, SecretBinary } = await callAws(
    `AWS Secrets Manager: GetSecretValue on ${arn}`,
    () => client.send(new GetSecretValueCommand({ SecretId: arn, VersionId: versionId })),
  );
  return new SecretText(SecretString ?? Buffer.from(SecretBinary ?? []).toString("utf8"));
}
