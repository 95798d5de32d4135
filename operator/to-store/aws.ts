import type {
  DescribeSecretCommandOutput,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { SecretText } from "../../components/secret-text";
import { generationLabel, labelledGeneration } from "../../components/stores/aws-staging-labels";
import { callAws, findInAws } from "../aws-call";
import { quoted } from "../convergence/store";
import type { KnownResource } from "../recovery/state";
import { Entry, Unclaimed, knownVersions, noEntry, settingsBehind } from "./entry";
import type { Target } from "./target";

const SECRET = "aws:secretsmanager/secret:Secret";
const VERSION = "aws:secretsmanager/secretVersion:SecretVersion";
const CURRENT = "AWSCURRENT";

/**
 * An entry in AWS Secrets Manager that the stack has. A version gets our own label (`rekey-g5`) and nothing else: AWSCURRENT stays where it is, and the label says of a
 * version that no settings file names whose it was to be. The SDK sends each call with a token of its own, so that its retries make no second one.
 *
 * @param named the versions of this secret that the settings name.
 */
export function awsEntry(
  target: Target,
  resources: readonly KnownResource[],
  named: readonly string[],
  client: SecretsManagerClient,
): Entry {
  return {
    async look(generation) {
      const about = await describe(target.entry, client);
      // An entry that somebody else made is not the stack's: its first update would fail on it.
      const own = resources.some(({ type, id }) => type === SECRET && id === about?.ARN);
      if (about === undefined || about.DeletedDate !== undefined || !own) throw noEntry(target);
      return unclaimedIn(about, target, generation, resources, named);
    },
    put: (value, generation) => putIn(target.entry, value, generation, client),
    ...labelledVersions(target.entry, client),
  };
}

/** What is done with versions that bear our label, wherever they are. */
export function labelledVersions(
  entry: string,
  client: SecretsManagerClient,
): Pick<Entry, "valueOf" | "byHand"> {
  return {
    async valueOf(version) {
      const [secret, id] = partsOf(version);
      const { GetSecretValueCommand } = sdk();
      const { SecretString } = await callAws(
        `AWS Secrets Manager: GetSecretValue on ${entry}`,
        () => client.send(new GetSecretValueCommand({ SecretId: secret, VersionId: id })),
      );
      return new SecretText(SecretString ?? "");
    },

    byHand: (version, generation) =>
      `\`aws secretsmanager update-secret-version-stage --secret-id ${quoted(entry)} --version-stage ${generationLabel(generation)} --remove-from-version-id ${quoted(partsOf(version)[1])}\``,
  };
}

/** What the service tells of an entry; undefined where there is none. */
export function describe(
  entry: string,
  client: SecretsManagerClient,
): Promise<DescribeSecretCommandOutput | undefined> {
  const { DescribeSecretCommand } = sdk();
  return findInAws(`AWS Secrets Manager: DescribeSecret on ${entry}`, () =>
    client.send(new DescribeSecretCommand({ SecretId: entry })),
  );
}

/** Adds a version with our label alone, and gives its name. */
export async function putIn(
  entry: string,
  value: SecretText,
  generation: number,
  client: SecretsManagerClient,
): Promise<string> {
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
}

/** The versions with the label of a generation that neither state nor settings know. See {@link Entry.look} for what it refuses. */
export function unclaimedIn(
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
    return held === undefined ? [] : [{ id, labels, held }];
  });
  const taken = labelled.find(
    ({ id, labels, held }) =>
      held > generation || (held === generation && (ids.includes(id) || labels.includes(CURRENT))),
  );
  if (taken) throw settingsBehind(target, generation, taken.held);
  return labelled
    .filter(({ held }) => held === generation)
    .map(({ id }) => ({ version: `${about.ARN}|${id}`, left: true }));
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
