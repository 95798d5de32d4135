import {
  CreateRoleCommand,
  DeleteRoleCommand,
  GetRoleCommand,
  type Role,
  TagRoleCommand,
  UntagRoleCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateRoleCommand,
} from "@aws-sdk/client-iam";
import { z } from "zod";
import type { Resource } from "../protocol/resource";
import type { Properties } from "../protocol/values";
import type { Aws } from "./config";
import {
  calling,
  canonicalPolicy,
  changed,
  defined,
  deleting,
  finding,
  fromTags,
  policyText,
  tagChanges,
  tags,
  text,
  toTags,
} from "./shared";

const token = "aws:iam/role:Role";

const inputs = z.strictObject({
  assumeRolePolicy: policyText,
  description: text,
  forceDetachPolicies: z.boolean().optional(),
  maxSessionDuration: z.number().int().min(3600).max(43200).optional(),
  name: z.string(),
  path: text,
  permissionsBoundary: text,
  tags,
});

/** An IAM role; its name is its id. A change of name or path replaces it. */
export const iamRole: Resource<Aws> = {
  token,
  inputs,
  defaults: { forceDetachPolicies: false, maxSessionDuration: 3600, path: "/" },
  autoName: "name",
  replaceOn: ["name", "path"],
  deleteBeforeReplace: (old, wanted) => old.name === wanted.name,
  writeOnly: ["forceDetachPolicies"],
  normalize: (given) => ({ ...given, assumeRolePolicy: canonicalPolicy(given.assumeRolePolicy) }),
  computed: ["arn", "createDate", "managedPolicyArns", "tagsAll", "uniqueId"],
  computedOnUpdate: (inputs) => (inputs.includes("tags") ? ["tagsAll"] : []),

  async create(given, { client }) {
    const name = given.name as string;
    const { Role: live } = await calling("IAM", "CreateRole", name, () =>
      client.iam.send(
        new CreateRoleCommand({
          RoleName: name,
          AssumeRolePolicyDocument: given.assumeRolePolicy as string,
          Description: given.description as string | undefined,
          MaxSessionDuration: given.maxSessionDuration as number,
          Path: given.path as string,
          PermissionsBoundary: given.permissionsBoundary as string | undefined,
          Tags: toTags(given.tags),
        }),
      ),
    );
    return { id: name, outputs: outputs(live) };
  },

  async read(id, _old, { client }) {
    const live = await finding(() =>
      calling("IAM", "GetRole", id, () => client.iam.send(new GetRoleCommand({ RoleName: id }))),
    );
    if (!live?.Role) return undefined;
    const role = live.Role;
    const found = defined({
      assumeRolePolicy: decodeURIComponent(role.AssumeRolePolicyDocument ?? ""),
      description: role.Description || undefined,
      forceDetachPolicies: false,
      maxSessionDuration: role.MaxSessionDuration,
      name: role.RoleName,
      path: role.Path,
      permissionsBoundary: role.PermissionsBoundary?.PermissionsBoundaryArn,
      tags: fromTags(role.Tags),
    });
    return { id, inputs: found, outputs: outputs(role) };
  },

  async update(id, { inputs: old, outputs: recorded }, wanted, { client }) {
    if (changed(old, wanted, "permissionsBoundary"))
      throw new Error(`this rehearsal's aws provider cannot change permissionsBoundary of ${id}`);
    if (changed(old, wanted, "assumeRolePolicy"))
      await calling("IAM", "UpdateAssumeRolePolicy", id, () =>
        client.iam.send(
          new UpdateAssumeRolePolicyCommand({
            RoleName: id,
            PolicyDocument: wanted.assumeRolePolicy as string,
          }),
        ),
      );
    if (changed(old, wanted, "description") || changed(old, wanted, "maxSessionDuration"))
      await calling("IAM", "UpdateRole", id, () =>
        client.iam.send(
          new UpdateRoleCommand({
            RoleName: id,
            Description: (wanted.description as string | undefined) ?? "",
            MaxSessionDuration: wanted.maxSessionDuration as number,
          }),
        ),
      );
    const { set, removed } = tagChanges(old.tags, wanted.tags);
    if (removed.length > 0)
      await calling("IAM", "UntagRole", id, () =>
        client.iam.send(new UntagRoleCommand({ RoleName: id, TagKeys: removed })),
      );
    if (set.length > 0)
      await calling("IAM", "TagRole", id, () =>
        client.iam.send(new TagRoleCommand({ RoleName: id, Tags: set })),
      );
    const { arn, createDate, managedPolicyArns, uniqueId } = recorded;
    return { arn, createDate, managedPolicyArns, uniqueId, tagsAll: wanted.tags ?? {} };
  },

  async delete(id, _old, { client }) {
    await deleting(() =>
      calling("IAM", "DeleteRole", id, () =>
        client.iam.send(new DeleteRoleCommand({ RoleName: id })),
      ),
    );
  },
};

function outputs(live: Role | undefined): Properties {
  return {
    arn: live?.Arn,
    createDate: live?.CreateDate?.toISOString() ?? "",
    managedPolicyArns: [],
    tagsAll: fromTags(live?.Tags) ?? {},
    uniqueId: live?.RoleId,
  };
}
