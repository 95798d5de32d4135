import {
  CancelRotateSecretCommand,
  DescribeSecretCommand,
  RotateSecretCommand,
} from "@aws-sdk/client-secrets-manager";
import { z } from "zod";
import type { Resource } from "../protocol/resource";
import type { Properties } from "../protocol/values";
import type { Aws } from "./config";
import { type AwsContext, calling, defined, deleting, finding, text } from "./shared";

const token = "aws:secretsmanager/secretRotation:SecretRotation";

const inputs = z.strictObject({
  region: text,
  rotateImmediately: z.boolean().optional(),
  rotationLambdaArn: z.string(),
  rotationRules: z
    .strictObject({
      automaticallyAfterDays: z.number().int().min(1).max(1000).optional(),
      duration: text,
      scheduleExpression: text,
    })
    .refine(
      (rules) =>
        (rules.automaticallyAfterDays === undefined) !== (rules.scheduleExpression === undefined),
      { message: "exactly one of automaticallyAfterDays and scheduleExpression must be given" },
    ),
  secretId: z.string(),
});

/** The schedule by which Secrets Manager itself has a secret rotated by a function. The first rotation begins at once unless told not to. */
export const secretRotation: Resource<Aws> = {
  token,
  inputs,
  defaults: { rotateImmediately: true },
  replaceOn: ["secretId", "region"],
  serverFilled: ["region"],
  writeOnly: ["rotateImmediately"],
  computed: ["rotationEnabled"],
  planned: (_given, { client }) => ({ region: client.region }),

  async create(given, context) {
    await rotate(given, context);
    return { id: given.secretId as string, outputs: outputs(true, context) };
  },

  async read(id, _old, context) {
    const live = await finding(() =>
      calling("Secrets Manager", "DescribeSecret", id, () =>
        context.client.secretsManager.send(new DescribeSecretCommand({ SecretId: id })),
      ),
    );
    if (!live?.RotationEnabled) return undefined;
    const rules = live.RotationRules;
    const scheduled = rules?.ScheduleExpression;
    const found = defined({
      region: context.client.region,
      rotateImmediately: true,
      rotationLambdaArn: live.RotationLambdaARN,
      rotationRules: defined({
        scheduleExpression: scheduled,
        automaticallyAfterDays: scheduled ? undefined : rules?.AutomaticallyAfterDays,
        duration: rules?.Duration,
      }),
      secretId: id,
    });
    return { id, inputs: found, outputs: outputs(true, context) };
  },

  async update(_id, _old, wanted, context) {
    await rotate(wanted, context);
    return outputs(true, context);
  },

  async delete(id, _old, { client }) {
    await deleting(() =>
      calling("Secrets Manager", "CancelRotateSecret", id, () =>
        client.secretsManager.send(new CancelRotateSecretCommand({ SecretId: id })),
      ),
    );
  },
};

async function rotate(given: Properties, { client }: AwsContext): Promise<void> {
  const id = given.secretId as string;
  const rules = given.rotationRules as {
    automaticallyAfterDays?: number;
    duration?: string;
    scheduleExpression?: string;
  };
  await calling("Secrets Manager", "RotateSecret", id, () =>
    client.secretsManager.send(
      new RotateSecretCommand({
        SecretId: id,
        RotationLambdaARN: given.rotationLambdaArn as string,
        RotateImmediately: given.rotateImmediately as boolean,
        RotationRules: {
          AutomaticallyAfterDays: rules.automaticallyAfterDays,
          Duration: rules.duration,
          ScheduleExpression: rules.scheduleExpression,
        },
      }),
    ),
  );
}

function outputs(rotationEnabled: boolean, { client }: AwsContext): Properties {
  return { rotationEnabled, region: client.region };
}
