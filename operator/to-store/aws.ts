import type {
  DescribeSecretCommandOutput,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { SecretText } from "../../components/secret-text";
import { generationLabel, labelledGeneration } from "../../components/stores/aws-staging-labels";
import { callAws, findInAws } from "../aws-call";
import { quoted } from "../convergence/store";
import { RekeyError } from "../errors";
import type { KnownResource } from "../recovery/state";
import { Entry, Unclaimed, knownVersions, settingsBehind } from "./entry";
import type { Target } from "./target";

const VERSION = "aws:secretsmanager/secretVersion:SecretVersion";
/** What an intake entry holds beside the versions of generations. The service insists on a current version, and that shall be no secret. */
const NO_VALUE =
  "No value: rekey takes new values in here, as versions labelled rekey-g<generation>.";
/** Says of an entry what it is for. */
const TAG = { Key: "rekey-intake", Value: "true" };

/** What keeps others away from an entry. */
export interface Protection {
  readonly kmsKeyId?: string;
  /** JSON text. */
  readonly resourcePolicy?: string;
}

/**
 * Where AWS Secrets Manager takes values in: an entry beside the secret's own, which nobody reads but the program. It is made with the first value. A
 * version has our label (`rekey-g5`) alone, so that AWS prunes it once the program has taken that off; the label says of a version that no
 * settings file names whose it was to be. The SDK sends each call with a token of its own, so that its retries make no second one.
 *
 * @param named the versions of this secret that the settings name.
 * @param protection as the stack protects its own entries: the key that encrypts (the account's own for Secrets Manager unless set), and the policy.
 */
export function awsIntake(
  target: Target,
  resources: readonly KnownResource[],
  named: readonly string[],
  client: SecretsManagerClient,
  { kmsKeyId, resourcePolicy }: Protection = {},
): Entry {
  const { entry } = target;
  let exists = false;
  return {
    async look(generation) {
      const about = await describe(entry, client);
      exists = about !== undefined;
      if (about === undefined) return [];
      if (about.DeletedDate !== undefined) throw beingDeleted(target);
      const ours = about.Tags?.some(({ Key, Value }) => Key === TAG.Key && Value === TAG.Value);
      if (ours !== true) throw somebodyElses(target);
      return unclaimedIn(about, target, generation, resources, named);
    },

    async has(version) {
      const [secret, id] = partsOf(version);
      const about = await describe(secret, client);
      const labels = about?.VersionIdsToStages?.[id] ?? [];
      return about?.DeletedDate === undefined && labelledGeneration(labels) !== undefined;
    },

    async valueOf(version) {
      const [secret, id] = partsOf(version);
      const { GetSecretValueCommand } = sdk();
      const { SecretString } = await callAws(
        `AWS Secrets Manager: GetSecretValue on ${entry}`,
        () => client.send(new GetSecretValueCommand({ SecretId: secret, VersionId: id })),
      );
      return new SecretText(SecretString ?? "");
    },

    async put(value, generation) {
      if (!exists) await create(entry, kmsKeyId, client);
      else await refuseTaken(target, generation, client);
      if (resourcePolicy !== undefined) await restrict(entry, resourcePolicy, client);
      const { PutSecretValueCommand } = sdk();
      const made = await callAws(`AWS Secrets Manager: PutSecretValue on ${entry}`, () =>
        client.send(
          new PutSecretValueCommand({
            SecretId: entry,
            SecretString: value.reveal(),
            VersionStages: [generationLabel(generation)],
          }),
        ),
      );
      return `${made.ARN}|${made.VersionId}`;
    },

    byHand: (version, generation) =>
      `\`aws secretsmanager update-secret-version-stage --secret-id ${quoted(entry)} --version-stage ${generationLabel(generation)} --remove-from-version-id ${quoted(partsOf(version)[1])}\``,
  };
}

/** What the service tells of an entry; undefined where there is none. */
function describe(
  entry: string,
  client: SecretsManagerClient,
): Promise<DescribeSecretCommandOutput | undefined> {
  const { DescribeSecretCommand } = sdk();
  return findInAws(`AWS Secrets Manager: DescribeSecret on ${entry}`, () =>
    client.send(new DescribeSecretCommand({ SecretId: entry })),
  );
}

/** The versions with the label of a generation that neither state nor settings know. */
function unclaimedIn(
  about: DescribeSecretCommandOutput,
  target: Target,
  generation: number,
  resources: readonly KnownResource[],
  named: readonly string[],
): Unclaimed[] {
  const known = knownVersions(resources, VERSION, named, (id) => id.startsWith(`${about.ARN}|`));
  const ids = known.names.map((name) => partsOf(name)[1]);
  const labelled = Object.entries(about.VersionIdsToStages ?? {}).flatMap(([id, labels]) => {
    const held = labelledGeneration(labels);
    return held === undefined ? [] : [{ id, held }];
  });
  const taken = labelled.find(
    ({ id, held }) => held > generation || (held === generation && ids.includes(id)),
  );
  if (taken) throw settingsBehind(target, generation, taken.held);
  return labelled
    .filter(({ id }) => !ids.includes(id))
    .map(({ id, held }) => ({ version: `${about.ARN}|${id}`, generation: held, left: true }));
}

/** A person may take minutes to paste a value, and the label would move from a colleague's version to this one. */
async function refuseTaken(
  target: Target,
  generation: number,
  client: SecretsManagerClient,
): Promise<void> {
  const about = await describe(target.entry, client);
  const labels = Object.values(about?.VersionIdsToStages ?? {}).flat();
  if (labels.includes(generationLabel(generation)))
    throw settingsBehind(target, generation, generation);
}

async function restrict(
  entry: string,
  policy: string,
  client: SecretsManagerClient,
): Promise<void> {
  const { PutResourcePolicyCommand } = sdk();
  const input = { SecretId: entry, ResourcePolicy: policy, BlockPublicPolicy: true };
  await callAws(`AWS Secrets Manager: PutResourcePolicy on ${entry}`, () =>
    client.send(new PutResourcePolicyCommand(input)),
  );
}

async function create(
  entry: string,
  kmsKeyId: string | undefined,
  client: SecretsManagerClient,
): Promise<void> {
  const { CreateSecretCommand } = sdk();
  await callAws(`AWS Secrets Manager: CreateSecret on ${entry}`, () =>
    client.send(
      new CreateSecretCommand({
        Name: entry,
        SecretString: NO_VALUE,
        Tags: [TAG],
        ...(kmsKeyId === undefined ? {} : { KmsKeyId: kmsKeyId }),
      }),
    ),
  );
}

function beingDeleted({ store, entry }: Target): RekeyError {
  return new RekeyError({
    code: "no-entry",
    exitCode: 2,
    message: `${store} is being deleted and keeps its name until then; nothing was written`,
    path: "--to-store",
    allowed: "an entry that is not deleted, or none",
    fix: `\`aws secretsmanager restore-secret --secret-id ${quoted(entry)}\`, then run the command again`,
  });
}

function somebodyElses({ store, entry }: Target): RekeyError {
  return new RekeyError({
    code: "no-entry",
    exitCode: 2,
    message: `${store} is there and not of rekey's making, so others may read it; nothing was written`,
    path: "--to-store",
    allowed: `an entry with the tag ${TAG.Key}=${TAG.Value}, or none: the first value makes it`,
    fix: `look who reads it; if it may be used, \`aws secretsmanager tag-resource --secret-id ${quoted(entry)} --tags Key=${TAG.Key},Value=${TAG.Value}\``,
  });
}

/** Takes our label off a version that no state has; calmly where it is off, or the entry gone, already. */
export async function unlabelInAws(
  version: string,
  generation: number,
  client: SecretsManagerClient,
): Promise<void> {
  const { UpdateSecretVersionStageCommand } = sdk();
  const [secret, id] = partsOf(version);
  const label = generationLabel(generation);
  const about = await describe(secret, client);
  if (about?.VersionIdsToStages?.[id]?.includes(label) !== true) return;
  await callAws(`AWS Secrets Manager: UpdateSecretVersionStage on ${secret}`, () =>
    client.send(
      new UpdateSecretVersionStageCommand({
        SecretId: secret,
        VersionStage: label,
        RemoveFromVersionId: id,
      }),
    ),
  );
}

/** True for a version's name in AWS, `<ARN>|<version id>`. */
export function isAwsVersion(version: string): boolean {
  return version.includes("|");
}

function partsOf(version: string): [string, string] {
  const at = version.lastIndexOf("|");
  return [version.slice(0, Math.max(at, 0)), version.slice(at + 1)];
}

/** Loaded where a store is asked, not with every command. */
function sdk() {
  return require("@aws-sdk/client-secrets-manager") as typeof import("@aws-sdk/client-secrets-manager");
}
