import {
  DeleteResourcePolicyCommand,
  GetResourcePolicyCommand,
  PutResourcePolicyCommand,
} from "@aws-sdk/client-secrets-manager";
import { z } from "zod";
import type { Resource } from "../protocol/resource";
import type { Properties } from "../protocol/values";
import type { Aws } from "./config";
import {
  type AwsContext,
  calling,
  canonicalPolicy,
  defined,
  deleting,
  finding,
  policyText,
  text,
} from "./shared";

const token = "aws:secretsmanager/secretPolicy:SecretPolicy";

const inputs = z.strictObject({
  blockPublicPolicy: z.boolean().optional(),
  policy: policyText,
  region: text,
  secretArn: z.string(),
});

/** The policy on a secret itself: who may do what with it, beside the policies of the callers. */
export const secretPolicy: Resource<Aws> = {
  token,
  inputs,
  replaceOn: ["secretArn", "region"],
  serverFilled: ["region"],
  writeOnly: ["blockPublicPolicy"],
  normalize: (given) => ({ ...given, policy: canonicalPolicy(given.policy) }),
  computed: [],
  planned: (_given, { client }) => ({ region: client.region }),

  async create(given, context) {
    await put(given, context);
    return { id: given.secretArn as string, outputs: { region: context.client.region } };
  },

  async read(id, _old, { client }) {
    const live = await finding(() =>
      calling("Secrets Manager", "GetResourcePolicy", id, () =>
        client.secretsManager.send(new GetResourcePolicyCommand({ SecretId: id })),
      ),
    );
    if (!live?.ResourcePolicy) return undefined;
    const found = defined({
      policy: live.ResourcePolicy,
      region: client.region,
      secretArn: live.ARN,
    });
    return { id, inputs: found, outputs: { region: client.region } };
  },

  async update(_id, _old, wanted, context) {
    await put(wanted, context);
    return { region: context.client.region };
  },

  async delete(id, _old, { client }) {
    await deleting(() =>
      calling("Secrets Manager", "DeleteResourcePolicy", id, () =>
        client.secretsManager.send(new DeleteResourcePolicyCommand({ SecretId: id })),
      ),
    );
  },
};

async function put(given: Properties, { client }: AwsContext): Promise<void> {
  const arn = given.secretArn as string;
  await calling("Secrets Manager", "PutResourcePolicy", arn, () =>
    client.secretsManager.send(
      new PutResourcePolicyCommand({
        SecretId: arn,
        ResourcePolicy: given.policy as string,
        BlockPublicPolicy: given.blockPublicPolicy as boolean | undefined,
      }),
    ),
  );
}
