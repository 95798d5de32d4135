import {
  CreateKeyCommand,
  DescribeKeyCommand,
  DisableKeyRotationCommand,
  EnableKeyRotationCommand,
  GetKeyPolicyCommand,
  type KeyMetadata,
  PutKeyPolicyCommand,
  ScheduleKeyDeletionCommand,
  UpdateKeyDescriptionCommand,
} from "@aws-sdk/client-kms";
import { z } from "zod";
import type { Resource } from "../protocol/resource";
import type { Properties } from "../protocol/values";
import type { Aws } from "./config";
import {
  type AwsContext,
  calling,
  canonicalPolicy,
  changed,
  defined,
  deleting,
  finding,
  policyText,
  tags,
  text,
} from "./shared";

const token = "aws:kms/key:Key";

const inputs = z.strictObject({
  deletionWindowInDays: z.number().int().min(7).max(30).optional(),
  description: text,
  enableKeyRotation: z.boolean().optional(),
  policy: policyText.optional(),
  region: text,
  tags,
});

/** A symmetric KMS key. Deleting it only schedules its deletion. */
export const kmsKey: Resource<Aws> = {
  token,
  inputs,
  defaults: { enableKeyRotation: false },
  serverFilled: ["policy", "region", "description"],
  writeOnly: ["deletionWindowInDays"],
  normalize: (given) => ({ ...given, policy: canonicalPolicy(given.policy) }),
  computed: ["arn", "keyId", "tagsAll"],
  planned: (_given, { client }) => ({ region: client.region }),

  async create(given, context) {
    const name = context.name;
    const { KeyMetadata: live } = await calling("KMS", "CreateKey", name, () =>
      context.client.kms.send(
        new CreateKeyCommand({
          Description: given.description as string | undefined,
          Policy: given.policy as string | undefined,
          Tags: Object.entries((given.tags ?? {}) as Record<string, string>).map(
            ([TagKey, TagValue]) => ({ TagKey, TagValue }),
          ),
        }),
      ),
    );
    const id = live?.KeyId ?? "";
    if (given.enableKeyRotation === true) await setRotation(id, true, context);
    return { id, outputs: outputs(live, given, context) };
  },

  async read(id, old, context) {
    const { client } = context;
    const live = await finding(() =>
      calling("KMS", "DescribeKey", id, () =>
        client.kms.send(new DescribeKeyCommand({ KeyId: id })),
      ),
    );
    const key = live?.KeyMetadata;
    if (!key || key.KeyState === "PendingDeletion") return undefined;
    const { Policy: policy } = await calling("KMS", "GetKeyPolicy", id, () =>
      client.kms.send(new GetKeyPolicyCommand({ KeyId: id, PolicyName: "default" })),
    );
    const found = defined({
      description: key.Description || undefined,
      enableKeyRotation: old?.inputs.enableKeyRotation ?? false,
      policy,
      region: client.region,
      tags: old?.inputs.tags,
    });
    return { id, inputs: found, outputs: outputs(key, found, context) };
  },

  async update(id, { inputs: old, outputs: recorded }, wanted, context) {
    const { client } = context;
    if (changed(old, wanted, "tags"))
      throw new Error(`this rehearsal's aws provider cannot change tags of key ${id}`);
    if (changed(old, wanted, "description") && wanted.description !== undefined)
      await calling("KMS", "UpdateKeyDescription", id, () =>
        client.kms.send(
          new UpdateKeyDescriptionCommand({
            KeyId: id,
            Description: wanted.description as string,
          }),
        ),
      );
    if (changed(old, wanted, "policy") && wanted.policy !== undefined)
      await calling("KMS", "PutKeyPolicy", id, () =>
        client.kms.send(
          new PutKeyPolicyCommand({
            KeyId: id,
            PolicyName: "default",
            Policy: wanted.policy as string,
          }),
        ),
      );
    if (changed(old, wanted, "enableKeyRotation"))
      await setRotation(id, wanted.enableKeyRotation === true, context);
    const { arn, keyId, tagsAll, region } = recorded;
    return { arn, keyId, tagsAll, region };
  },

  async delete(id, { inputs: old }, { client }) {
    await deleting(() =>
      calling("KMS", "ScheduleKeyDeletion", id, () =>
        client.kms.send(
          new ScheduleKeyDeletionCommand({
            KeyId: id,
            PendingWindowInDays: (old.deletionWindowInDays as number | undefined) ?? 30,
          }),
        ),
      ),
    );
  },
};

async function setRotation(id: string, on: boolean, { client }: AwsContext): Promise<void> {
  const [action, command] = on
    ? (["EnableKeyRotation", new EnableKeyRotationCommand({ KeyId: id })] as const)
    : (["DisableKeyRotation", new DisableKeyRotationCommand({ KeyId: id })] as const);
  await calling("KMS", action, id, () => client.kms.send(command));
}

function outputs(
  live: KeyMetadata | undefined,
  given: Properties,
  { client }: AwsContext,
): Properties {
  return {
    arn: live?.Arn,
    keyId: live?.KeyId,
    region: client.region,
    tagsAll: given.tags ?? {},
  };
}
