import {
  GetSecretValueCommand,
  type GetSecretValueCommandOutput,
  paginateListSecretVersionIds,
  PutSecretValueCommand,
  UpdateSecretVersionStageCommand,
} from "@aws-sdk/client-secrets-manager";
import { z } from "zod";
import type { Resource } from "../protocol/resource";
import type { Properties } from "../protocol/values";
import type { Aws } from "./config";
import {
  type AwsContext,
  calling,
  defined,
  deleting,
  finding,
  madeThenRead,
  splitId,
  text,
} from "./shared";

const token = "aws:secretsmanager/secretVersion:SecretVersion";
const [CURRENT, PREVIOUS] = ["AWSCURRENT", "AWSPREVIOUS"];

const inputs = z
  .strictObject({
    region: text,
    secretId: z.string(),
    secretString: text,
    secretStringWo: text,
    secretStringWoVersion: z.number().int().optional(),
    versionStages: z.array(z.string().min(1).max(256)).min(1).optional(),
  })
  .refine((value) => value.secretString === undefined || value.secretStringWo === undefined, {
    message: "secretString and secretStringWo exclude each other",
  });

/**
 * One version of a secret and its staging labels, moved as the official provider moves them: a label that is declared is put on, one
 * that no longer is, is taken off, but AWSCURRENT only ever moves to another version. A change of the value makes a new version.
 */
export const secretVersion: Resource<Aws> = {
  token,
  inputs,
  replaceOn: ["secretId", "region", "secretString", "secretStringWoVersion"],
  serverFilled: ["region"],
  comparedToState: ["versionStages"],
  keyedLists: { versionStages: "" },
  // A write-only value is compared by its version number alone.
  normalize: (given) => ({ ...given, secretStringWo: undefined }),
  writeOnly: ["secretStringWo", "secretStringWoVersion"],
  secretOutputs: ["secretString", "secretStringWo", "secretBinary"],
  computed: ["arn", "versionId", "versionStages"],
  planned: (given, { client }) => ({
    region: client.region,
    ...(given.versionStages === undefined ? {} : { versionStages: given.versionStages }),
  }),

  async create(given, context) {
    const { secretsManager } = context.client;
    const secretId = given.secretId as string;
    const made = await calling("Secrets Manager", "PutSecretValue", secretId, () =>
      secretsManager.send(
        new PutSecretValueCommand({
          SecretId: secretId,
          SecretString: (given.secretString ?? given.secretStringWo) as string,
          VersionStages: given.versionStages as string[] | undefined,
        }),
      ),
    );
    const versionId = made.VersionId ?? "";
    return madeThenRead(`${secretId}|${versionId}`, async () =>
      recorded(given, await value(secretId, versionId, context), context),
    );
  },

  async read(id, old, context) {
    const [secretId, versionId] = parse(id);
    const live = await finding(() => value(secretId, versionId, context));
    if (!live) return undefined;
    const writeOnly = old?.inputs.secretStringWo !== undefined;
    const found = defined({
      region: context.client.region,
      secretId: old?.inputs.secretId ?? secretId,
      secretString: writeOnly ? undefined : live.SecretString,
      versionStages: live.VersionStages,
    });
    return { id, inputs: found, outputs: outputs(live, context) };
  },

  async update(id, old, wanted, context) {
    const [secretId, versionId] = parse(id);
    const before = old.outputs.versionStages as string[];
    const after = (wanted.versionStages as string[] | undefined) ?? before;
    const added = after.filter((label) => !before.includes(label));
    const becomesCurrent = added.includes(CURRENT);
    for (const label of added) {
      const from = label === CURRENT ? await holderOf(CURRENT, secretId, context) : undefined;
      await moveLabel(secretId, label, { to: versionId, from }, context);
    }
    for (const label of before.filter((one) => !after.includes(one))) {
      // AWSCURRENT cannot be taken off, and AWSPREVIOUS moved by itself if AWSCURRENT came here.
      if (label === CURRENT || (label === PREVIOUS && becomesCurrent)) continue;
      await moveLabel(secretId, label, { from: versionId }, context);
    }
    return recorded(wanted, await value(secretId, versionId, context), context);
  },

  async delete(id, old, context) {
    const [secretId, versionId] = parse(id);
    const labels = (old.outputs.versionStages ?? []) as string[];
    await deleting(async () => {
      for (const label of labels) {
        if (label === CURRENT) continue;
        // Off already is an error here, as with the official provider, which ignores nothing but a secret that is gone.
        await moveLabel(secretId, label, { from: versionId }, context);
      }
      await unlabelled(secretId, versionId, context);
    });
  },
};

/** How long the service may take to show its readers that a label is off, and how often it is asked. */
const [PROPAGATION_MS, POLL_MS] = [120_000, 250];

/** Waits, as the official provider does, until a version has no label but one that the service itself moves. */
async function unlabelled(secretId: string, versionId: string, context: AwsContext): Promise<void> {
  const deadline = Date.now() + PROPAGATION_MS;
  for (;;) {
    const { VersionStages: labels = [] } = await value(secretId, versionId, context);
    if (labels.every((label) => label === CURRENT || label === PREVIOUS)) return;
    if (context.signal.aborted || Date.now() >= deadline)
      throw new Error(
        `Secrets Manager GetSecretValue on ${secretId}: version ${versionId} still has ${labels.join(", ")}`,
      );
    await new Promise((next) => setTimeout(next, POLL_MS));
  }
}

function parse(id: string): [string, string] {
  return splitId(id, token, "|", "<secret's ARN or name>|<version id>") as [string, string];
}

function value(
  secretId: string,
  versionId: string,
  { client }: AwsContext,
): Promise<GetSecretValueCommandOutput> {
  return calling("Secrets Manager", "GetSecretValue", secretId, () =>
    client.secretsManager.send(
      new GetSecretValueCommand({ SecretId: secretId, VersionId: versionId }),
    ),
  );
}

async function holderOf(
  label: string | undefined,
  secretId: string,
  { client }: AwsContext,
): Promise<string | undefined> {
  return calling("Secrets Manager", "ListSecretVersionIds", secretId, async () => {
    const pages = paginateListSecretVersionIds(
      { client: client.secretsManager },
      { SecretId: secretId },
    );
    for await (const { Versions = [] } of pages) {
      const found = Versions.find(({ VersionStages = [] }) => VersionStages.includes(label ?? ""));
      if (found) return found.VersionId;
    }
    return undefined;
  });
}

async function moveLabel(
  secretId: string,
  label: string,
  { to, from }: { to?: string; from?: string | undefined },
  { client }: AwsContext,
): Promise<void> {
  await calling("Secrets Manager", "UpdateSecretVersionStage", `${secretId} (${label})`, () =>
    client.secretsManager.send(
      new UpdateSecretVersionStageCommand({
        SecretId: secretId,
        VersionStage: label,
        MoveToVersionId: to,
        RemoveFromVersionId: from,
      }),
    ),
  );
}

/**
 * What the state has after a write. Of a set whose every entry was planned, Terraform's SDK records the plan and not what was read
 * (normalizeNullValues in helper/schema/grpc_provider.go): labels that the service put on by itself are seen by a refresh alone.
 */
function recorded(
  given: Properties,
  live: GetSecretValueCommandOutput,
  context: AwsContext,
): Properties {
  const { versionStages } = given;
  return { ...outputs(live, context), ...(versionStages === undefined ? {} : { versionStages }) };
}

function outputs(live: GetSecretValueCommandOutput, { client }: AwsContext): Properties {
  return {
    arn: live.ARN,
    region: client.region,
    versionId: live.VersionId,
    versionStages: live.VersionStages ?? [],
  };
}
