import {
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  DeletePolicyCommand,
  DeletePolicyVersionCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  ListPolicyVersionsCommand,
} from "@aws-sdk/client-iam";
import { z } from "zod";
import type { Resource } from "../protocol/resource";
import type { Aws } from "./config";
import {
  type AwsContext,
  calling,
  canonicalPolicy,
  changed,
  defined,
  deleting,
  finding,
  fromTags,
  policyText,
  tags,
  text,
  toTags,
} from "./shared";

const token = "aws:iam/policy:Policy";
const MOST_VERSIONS = 5;

const inputs = z.strictObject({
  description: text,
  name: z.string(),
  path: text,
  policy: policyText,
  tags,
});

/** A managed policy. A change of its text makes a new default version; the oldest goes where IAM's five are used up. */
export const iamPolicy: Resource<Aws> = {
  token,
  inputs,
  defaults: { path: "/" },
  autoName: "name",
  replaceOn: ["name", "path", "description"],
  deleteBeforeReplace: (old, wanted) => old.name === wanted.name && old.path === wanted.path,
  normalize: (given) => ({ ...given, policy: canonicalPolicy(given.policy) }),
  computed: ["arn", "attachmentCount", "policyId", "tagsAll"],

  async create(given, { client }) {
    const name = given.name as string;
    const { Policy: live } = await calling("IAM", "CreatePolicy", name, () =>
      client.iam.send(
        new CreatePolicyCommand({
          PolicyName: name,
          PolicyDocument: given.policy as string,
          Description: given.description as string | undefined,
          Path: given.path as string,
          Tags: toTags(given.tags),
        }),
      ),
    );
    const arn = live?.Arn ?? "";
    const outputs = {
      arn,
      attachmentCount: 0,
      policyId: live?.PolicyId,
      tagsAll: given.tags ?? {},
    };
    return { id: arn, outputs };
  },

  async read(id, _old, { client }) {
    const found = await finding(() =>
      calling("IAM", "GetPolicy", id, () =>
        client.iam.send(new GetPolicyCommand({ PolicyArn: id })),
      ),
    );
    const live = found?.Policy;
    if (!live) return undefined;
    const version = await calling("IAM", "GetPolicyVersion", id, () =>
      client.iam.send(
        new GetPolicyVersionCommand({ PolicyArn: id, VersionId: live.DefaultVersionId }),
      ),
    );
    const inputs = defined({
      description: live.Description || undefined,
      name: live.PolicyName,
      path: live.Path,
      policy: decodeURIComponent(version.PolicyVersion?.Document ?? ""),
      tags: fromTags(live.Tags),
    });
    const outputs = {
      arn: live.Arn,
      attachmentCount: live.AttachmentCount ?? 0,
      policyId: live.PolicyId,
      tagsAll: fromTags(live.Tags) ?? {},
    };
    return { id, inputs, outputs };
  },

  async update(id, { inputs: old, outputs: recorded }, wanted, context) {
    const { client } = context;
    if (changed(old, wanted, "tags"))
      throw new Error(`this rehearsal's aws provider cannot change tags of ${id}`);
    await makeRoom(id, context);
    await calling("IAM", "CreatePolicyVersion", id, () =>
      client.iam.send(
        new CreatePolicyVersionCommand({
          PolicyArn: id,
          PolicyDocument: wanted.policy as string,
          SetAsDefault: true,
        }),
      ),
    );
    const { arn, attachmentCount, policyId, tagsAll } = recorded;
    return { arn, attachmentCount, policyId, tagsAll };
  },

  async delete(id, _old, context) {
    await deleting(async () => {
      for (const { VersionId } of await otherVersions(id, context))
        await deleteVersion(id, VersionId, context);
      await calling("IAM", "DeletePolicy", id, () =>
        context.client.iam.send(new DeletePolicyCommand({ PolicyArn: id })),
      );
    });
  },
};

async function makeRoom(id: string, context: AwsContext): Promise<void> {
  const others = await otherVersions(id, context);
  if (others.length + 1 < MOST_VERSIONS) return;
  const oldest = others.sort((one, two) => Number(one.CreateDate) - Number(two.CreateDate))[0];
  await deleteVersion(id, oldest?.VersionId, context);
}

async function otherVersions(id: string, { client }: AwsContext) {
  const { Versions = [] } = await calling("IAM", "ListPolicyVersions", id, () =>
    client.iam.send(new ListPolicyVersionsCommand({ PolicyArn: id })),
  );
  return Versions.filter(({ IsDefaultVersion }) => !IsDefaultVersion);
}

function deleteVersion(id: string, versionId: string | undefined, { client }: AwsContext) {
  return calling("IAM", "DeletePolicyVersion", id, () =>
    client.iam.send(new DeletePolicyVersionCommand({ PolicyArn: id, VersionId: versionId })),
  );
}
