import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  type DescribeSecretCommandOutput,
  RemoveRegionsFromReplicationCommand,
  ReplicateSecretToRegionsCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateSecretCommand,
} from "@aws-sdk/client-secrets-manager";
import { z } from "zod";
import type { Resource } from "../protocol/resource";
import type { Properties } from "../protocol/values";
import type { Aws } from "./config";
import {
  type AwsContext,
  calling,
  changed,
  defined,
  deleting,
  finding,
  fromTags,
  madeThenRead,
  tagChanges,
  tags,
  text,
  toTags,
} from "./shared";

const token = "aws:secretsmanager/secret:Secret";

const inputs = z.strictObject({
  description: text,
  forceOverwriteReplicaSecret: z.boolean().optional(),
  kmsKeyId: text,
  name: z.string().regex(/^[\w/+=.@-]{1,512}$/, {
    message: "must be 1 to 512 letters, digits and /_+=.@-",
  }),
  recoveryWindowInDays: z
    .number()
    .int()
    .refine((days) => days === 0 || (days >= 7 && days <= 30), {
      message: "must be 7 to 30 days, or 0 for none",
    })
    .optional(),
  region: text,
  replicas: z.array(z.strictObject({ region: z.string(), kmsKeyId: text })).optional(),
  tags,
});

/** A Secrets Manager secret: name, key, replicas and tags; the values are its versions. */
export const secret: Resource<Aws> = {
  token,
  inputs,
  defaults: { forceOverwriteReplicaSecret: false, recoveryWindowInDays: 30 },
  autoName: "name",
  replaceOn: ["name", "region"],
  // A name is free again only once the secret's recovery window is over.
  deleteBeforeReplace: (old, wanted) => old.name === wanted.name,
  serverFilled: ["region"],
  writeOnly: ["forceOverwriteReplicaSecret", "recoveryWindowInDays"],
  keyedLists: { replicas: "region" },
  computed: ["arn", "policy", "tagsAll", "type"],
  planned: (given, { client }) => ({ region: client.region, tagsAll: given.tags ?? {} }),
  derived: (given) => ({ tagsAll: given.tags ?? {} }),
  computedOnUpdate: (inputs) => (inputs.includes("tags") ? ["tagsAll"] : []),

  async create(given, context) {
    const name = given.name as string;
    const { ARN: arn = "" } = await calling("Secrets Manager", "CreateSecret", name, () =>
      context.client.secretsManager.send(
        new CreateSecretCommand({
          Name: name,
          Description: (given.description as string | undefined) ?? "",
          KmsKeyId: given.kmsKeyId as string | undefined,
          AddReplicaRegions: toReplicas(given.replicas),
          ForceOverwriteReplicaSecret: given.forceOverwriteReplicaSecret as boolean,
          Tags: toTags(given.tags),
        }),
      ),
    );
    return madeThenRead(arn, async () => outputs(await describe(arn, name, context), context));
  },

  async read(id, old, context) {
    const name = (old?.inputs.name as string | undefined) ?? id;
    const live = await finding(() => describe(id, name, context));
    if (!live || live.DeletedDate !== undefined) return undefined;
    const found = defined({
      description: live.Description || undefined,
      forceOverwriteReplicaSecret: false,
      kmsKeyId: live.KmsKeyId,
      name: live.Name,
      recoveryWindowInDays: 30,
      region: context.client.region,
      replicas: live.ReplicationStatus?.map(({ Region, KmsKeyId }) =>
        defined({ region: Region, kmsKeyId: KmsKeyId }),
      ),
      // A refresh adds no input that the program did not give; `tagsAll` tells of what others tagged.
      tags: old !== undefined && old.inputs.tags === undefined ? undefined : fromTags(live.Tags),
    });
    return { id, inputs: found, outputs: outputs(live, context) };
  },

  async update(id, { inputs: old, outputs: state }, wanted, context) {
    const name = wanted.name as string;
    if (changed(old, wanted, "replicas")) await replicate(id, old, wanted, context);
    if (changed(old, wanted, "description") || changed(old, wanted, "kmsKeyId"))
      await calling("Secrets Manager", "UpdateSecret", name, () =>
        context.client.secretsManager.send(
          new UpdateSecretCommand({
            SecretId: id,
            Description: (wanted.description as string | undefined) ?? "",
            KmsKeyId: wanted.kmsKeyId as string | undefined,
          }),
        ),
      );
    if (!context.ignored.includes("tagsAll")) await retag(id, state.tagsAll, wanted, context);
    return outputs(await describe(id, name, context), context);
  },

  async delete(id, { inputs: old }, context) {
    const name = old.name as string;
    const window = (old.recoveryWindowInDays as number | undefined) ?? 30;
    await deleting(async () => {
      if (toReplicas(old.replicas).length > 0)
        await replicate(id, old, { ...old, replicas: [] }, context);
      await calling("Secrets Manager", "DeleteSecret", name, () =>
        context.client.secretsManager.send(
          new DeleteSecretCommand({
            SecretId: id,
            ...(window === 0
              ? { ForceDeleteWithoutRecovery: true }
              : { RecoveryWindowInDays: window }),
          }),
        ),
      );
    });
  },
};

function describe(
  id: string,
  name: string,
  { client }: AwsContext,
): Promise<DescribeSecretCommandOutput> {
  return calling("Secrets Manager", "DescribeSecret", name, () =>
    client.secretsManager.send(new DescribeSecretCommand({ SecretId: id })),
  );
}

async function replicate(
  id: string,
  old: Properties,
  wanted: Properties,
  { client }: AwsContext,
): Promise<void> {
  const name = wanted.name as string;
  const key = (one: object) => JSON.stringify(one);
  const [before, after] = [toReplicas(old.replicas), toReplicas(wanted.replicas)];
  const gone = before.filter((one) => !after.some((other) => key(other) === key(one)));
  const added = after.filter((one) => !before.some((other) => key(other) === key(one)));
  if (gone.length > 0)
    await calling("Secrets Manager", "RemoveRegionsFromReplication", name, () =>
      client.secretsManager.send(
        new RemoveRegionsFromReplicationCommand({
          SecretId: id,
          RemoveReplicaRegions: gone.map(({ Region }) => Region),
        }),
      ),
    );
  if (added.length > 0)
    await calling("Secrets Manager", "ReplicateSecretToRegions", name, () =>
      client.secretsManager.send(
        new ReplicateSecretToRegionsCommand({
          SecretId: id,
          AddReplicaRegions: added,
          ForceOverwriteReplicaSecret: wanted.forceOverwriteReplicaSecret as boolean,
        }),
      ),
    );
}

async function retag(
  id: string,
  before: unknown,
  wanted: Properties,
  { client }: AwsContext,
): Promise<void> {
  const name = wanted.name as string;
  const { set, removed } = tagChanges(before, wanted.tags);
  if (removed.length > 0)
    await calling("Secrets Manager", "UntagResource", name, () =>
      client.secretsManager.send(new UntagResourceCommand({ SecretId: id, TagKeys: removed })),
    );
  if (set.length > 0)
    await calling("Secrets Manager", "TagResource", name, () =>
      client.secretsManager.send(new TagResourceCommand({ SecretId: id, Tags: set })),
    );
}

function toReplicas(given: unknown): { Region: string; KmsKeyId?: string }[] {
  return ((given ?? []) as { region: string; kmsKeyId?: string }[]).map((one) => ({
    Region: one.region,
    ...(one.kmsKeyId === undefined ? {} : { KmsKeyId: one.kmsKeyId }),
  }));
}

function outputs(live: DescribeSecretCommandOutput, { client }: AwsContext): Properties {
  return {
    arn: live.ARN,
    name: live.Name,
    policy: "",
    region: client.region,
    tagsAll: fromTags(live.Tags) ?? {},
    type: "",
  };
}
