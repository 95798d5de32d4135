import assert from "node:assert/strict";
import {
  CreateSecretCommand,
  type DescribeSecretCommandOutput,
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutResourcePolicyCommand,
  PutSecretValueCommand,
  type SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from "@aws-sdk/client-secrets-manager";
import { OPENROUTER_INTAKE as NAME } from "../../support/openrouter";

/** The entry's ARN. */
export const ARN = `arn:aws:secretsmanager:us-east-1:111122223333:secret:${NAME}-AbCdEf`;

/**
 * One entry of AWS Secrets Manager in memory, which answers what the code under test asks and moves labels as the service does.
 *
 * @param versions their labels, by version; undefined where there is no entry yet.
 * @param about what the service tells of the entry besides.
 */
export function fakeAws(
  versions: Readonly<Record<string, readonly string[]>> | undefined,
  about: Partial<DescribeSecretCommandOutput> = {},
) {
  let exists = versions !== undefined;
  const labels = new Map(Object.entries(versions ?? {}));
  const values = new Map<string, string>();
  const writes: string[] = [];
  const created: object[] = [];
  const answer = (command: unknown): object => {
    if (command instanceof CreateSecretCommand) {
      writes.push(`create ${command.input.Name}`);
      created.push(command.input);
      exists = true;
      labels.set("v0", ["AWSCURRENT"]);
      return { ARN };
    }
    if (!exists)
      throw Object.assign(new Error(), {
        name: "ResourceNotFoundException",
        $metadata: { httpStatusCode: 400 },
      });
    if (command instanceof DescribeSecretCommand)
      return { ARN, VersionIdsToStages: Object.fromEntries(labels), ...about };
    if (command instanceof PutResourcePolicyCommand) {
      assert.equal(command.input.BlockPublicPolicy, true);
      writes.push("restrict");
      return {};
    }
    if (command instanceof GetSecretValueCommand)
      return { SecretString: values.get(command.input.VersionId ?? "") };
    if (command instanceof PutSecretValueCommand) {
      const id = `v${labels.size + 1}`;
      writes.push(`put ${(command.input.VersionStages ?? []).join(",")}`);
      labels.set(id, command.input.VersionStages ?? []);
      values.set(id, command.input.SecretString ?? "");
      return { ARN, VersionId: id };
    }
    if (command instanceof UpdateSecretVersionStageCommand) {
      const { VersionStage = "", RemoveFromVersionId = "" } = command.input;
      writes.push(`take ${VersionStage} off ${RemoveFromVersionId}`);
      const on = labels.get(RemoveFromVersionId) ?? [];
      labels.set(
        RemoveFromVersionId,
        on.filter((label) => label !== VersionStage),
      );
      return {};
    }
    throw new Error("not asked in this test");
  };
  const client = {
    send: async (command: unknown) => Promise.resolve(answer(command)),
  } as unknown as SecretsManagerClient;
  return { client, writes, created };
}
