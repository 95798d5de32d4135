import {
  AttachRolePolicyCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  GetRolePolicyCommand,
  ListAttachedRolePoliciesCommand,
  PutRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { z } from "zod";
import type { Resource } from "../protocol/resource";
import type { Properties } from "../protocol/values";
import type { Aws } from "./config";
import {
  type AwsContext,
  calling,
  canonicalPolicy,
  deleting,
  finding,
  policyText,
  splitId,
} from "./shared";

const ofRole = "aws:iam/rolePolicy:RolePolicy";
const attached = "aws:iam/rolePolicyAttachment:RolePolicyAttachment";

/** A policy that is part of one role. */
export const iamRolePolicy: Resource<Aws> = {
  token: ofRole,
  inputs: z.strictObject({ name: z.string(), policy: policyText, role: z.string() }),
  autoName: "name",
  replaceOn: ["name", "role"],
  normalize: (given) => ({ ...given, policy: canonicalPolicy(given.policy) }),
  computed: [],

  async create(given, context) {
    await put(given, context);
    return { id: `${given.role as string}:${given.name as string}`, outputs: {} };
  },

  async read(id, _old, { client }) {
    const [role = "", name = ""] = splitId(id, ofRole, ":", "<role>:<policy>");
    const live = await finding(() =>
      calling("IAM", "GetRolePolicy", id, () =>
        client.iam.send(new GetRolePolicyCommand({ RoleName: role, PolicyName: name })),
      ),
    );
    if (!live) return undefined;
    const policy = decodeURIComponent(live.PolicyDocument ?? "");
    return { id, inputs: { name, policy, role }, outputs: {} };
  },

  async update(_id, _old, wanted, context) {
    await put(wanted, context);
    return {};
  },

  async delete(id, { inputs: old }, { client }) {
    await deleting(() =>
      calling("IAM", "DeleteRolePolicy", id, () =>
        client.iam.send(
          new DeleteRolePolicyCommand({
            RoleName: old.role as string,
            PolicyName: old.name as string,
          }),
        ),
      ),
    );
  },
};

async function put(given: Properties, { client }: AwsContext): Promise<void> {
  const { role, name, policy } = given as Record<string, string>;
  await calling("IAM", "PutRolePolicy", `${role}:${name}`, () =>
    client.iam.send(
      new PutRolePolicyCommand({ RoleName: role, PolicyName: name, PolicyDocument: policy }),
    ),
  );
}

/** A managed policy on a role. */
export const iamRolePolicyAttachment: Resource<Aws> = {
  token: attached,
  inputs: z.strictObject({ policyArn: z.string(), role: z.string() }),
  replaceOn: ["policyArn", "role"],
  computed: [],

  async create(given, { client }) {
    const { role, policyArn } = given as Record<string, string>;
    const id = `${role}/${policyArn}`;
    await calling("IAM", "AttachRolePolicy", id, () =>
      client.iam.send(new AttachRolePolicyCommand({ RoleName: role, PolicyArn: policyArn })),
    );
    return { id, outputs: {} };
  },

  async read(id, _old, { client }) {
    const [role = "", policyArn = ""] = splitId(id, attached, "/", "<role>/<policy's ARN>");
    const live = await finding(() =>
      calling("IAM", "ListAttachedRolePolicies", id, () =>
        client.iam.send(new ListAttachedRolePoliciesCommand({ RoleName: role })),
      ),
    );
    if (!live?.AttachedPolicies?.some(({ PolicyArn }) => PolicyArn === policyArn)) return undefined;
    return { id, inputs: { policyArn, role }, outputs: {} };
  },

  async delete(id, { inputs: old }, { client }) {
    await deleting(() =>
      calling("IAM", "DetachRolePolicy", id, () =>
        client.iam.send(
          new DetachRolePolicyCommand({
            RoleName: old.role as string,
            PolicyArn: old.policyArn as string,
          }),
        ),
      ),
    );
  },
};
