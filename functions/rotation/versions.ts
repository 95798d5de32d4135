import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  type SecretsManagerClient,
  TagResourceCommand,
  UpdateSecretVersionStageCommand,
} from "@aws-sdk/client-secrets-manager";
import { SecretText } from "../../components/secret-text";
import { generationLabel, labelledGeneration } from "../../components/stores/aws-staging-labels";

/** A secret's versions and their labels, as they were when it was asked for. */
export interface Versions {
  readonly rotationEnabled: boolean;
  /** Version id by label. */
  readonly holders: ReadonlyMap<string, string>;
  /** Labels by version id. */
  readonly labels: ReadonlyMap<string, readonly string[]>;
}

/** One secret in Secrets Manager, through the calls that a rotation makes. */
export class RotatedSecret {
  constructor(
    private readonly client: SecretsManagerClient,
    readonly id: string,
  ) {}

  async versions(): Promise<Versions> {
    const told = await this.client.send(new DescribeSecretCommand({ SecretId: this.id }));
    const labels = new Map(Object.entries(told.VersionIdsToStages ?? {}));
    const holders = new Map(
      [...labels].flatMap(([version, names]) => names.map((name) => [name, version] as const)),
    );
    return { rotationEnabled: told.RotationEnabled === true, holders, labels };
  }

  /** The value of a version; undefined where it has none yet. */
  async value(versionId: string): Promise<SecretText | undefined> {
    try {
      const command = new GetSecretValueCommand({ SecretId: this.id, VersionId: versionId });
      return SecretText.from((await this.client.send(command)).SecretString);
    } catch (error) {
      if ((error as Error).name === "ResourceNotFoundException") return undefined;
      throw error;
    }
  }

  /** The value that is in use. */
  async current(): Promise<SecretText> {
    const command = new GetSecretValueCommand({ SecretId: this.id, VersionStage: "AWSCURRENT" });
    const { SecretString } = await this.client.send(command);
    if (SecretString === undefined) throw new Error(`${this.id}: AWSCURRENT is no text`);
    return new SecretText(SecretString);
  }

  /** Writes the pending value under the token, which the service takes once: a second, other value is refused. */
  async putPending(token: string, value: SecretText): Promise<void> {
    await this.client.send(
      new PutSecretValueCommand({
        SecretId: this.id,
        ClientRequestToken: token,
        SecretString: value.reveal(),
        VersionStages: ["AWSPENDING"],
      }),
    );
  }

  /** Puts a label on a version, from the one that has it, or takes it off. */
  async move(label: string, to: string | undefined, from: string | undefined): Promise<void> {
    await this.client.send(
      new UpdateSecretVersionStageCommand({
        SecretId: this.id,
        VersionStage: label,
        MoveToVersionId: to,
        RemoveFromVersionId: from,
      }),
    );
  }

  async tag(generation: number, rotatedAt: string): Promise<void> {
    const Tags = [
      { Key: "rekey-generation", Value: String(generation) },
      { Key: "rekey-rotated-at", Value: rotatedAt },
    ];
    await this.client.send(new TagResourceCommand({ SecretId: this.id, Tags }));
  }
}

/** The generation of a version by its label; 1 where nobody labelled it. */
export function generationOf({ labels }: Versions, versionId: string): number {
  return labelledGeneration(labels.get(versionId) ?? []) ?? 1;
}

/** Our labels on generations below the given one, with the version that has each. */
export function labelsBelow(
  { holders }: Versions,
  generation: number,
): { label: string; version: string }[] {
  return [...holders]
    .filter(([label]) => (labelledGeneration([label]) ?? generation) < generation)
    .map(([label, version]) => ({ label, version }));
}

export { generationLabel };
