import {
  type ContainerDefinition,
  DeregisterTaskDefinitionCommand,
  DescribeTaskDefinitionCommand,
  RegisterTaskDefinitionCommand,
  type TaskDefinition,
} from "@aws-sdk/client-ecs";
import { z } from "zod";
import type { Resource } from "../protocol/resource";
import type { Properties } from "../protocol/values";
import type { Aws } from "./config";
import { type AwsContext, calling, changed, defined, finding, splitId, tags, text } from "./shared";

const token = "aws:ecs/taskDefinition:TaskDefinition";

const inputs = z.strictObject({
  containerDefinitions: z.string().refine(isList, { message: "must be a JSON list" }),
  cpu: text,
  executionRoleArn: text,
  family: z.string(),
  memory: text,
  networkMode: z.enum(["awsvpc", "bridge", "host", "none"]).optional(),
  region: text,
  requiresCompatibilities: z.array(z.enum(["EC2", "EXTERNAL", "FARGATE"])).optional(),
  skipDestroy: z.boolean().optional(),
  tags,
  taskRoleArn: text,
  trackLatest: z.boolean().optional(),
});

/** A revision of a family. None ever changes: another content is another revision, and the old one is only taken out of service, never removed. */
export const ecsTaskDefinition: Resource<Aws> = {
  token,
  inputs,
  defaults: { skipDestroy: false, trackLatest: false },
  replaceOn: [
    "containerDefinitions",
    "cpu",
    "executionRoleArn",
    "family",
    "memory",
    "networkMode",
    "region",
    "requiresCompatibilities",
    "taskRoleArn",
  ],
  normalize: (given) => ({
    ...given,
    containerDefinitions: canonicalContainers(given.containerDefinitions),
  }),
  serverFilled: ["networkMode", "region"],
  writeOnly: ["skipDestroy", "tags", "trackLatest"],
  computed: ["arn", "arnWithoutRevision", "revision", "tagsAll"],
  planned: (given, { client }) => ({ region: client.region, tagsAll: given.tags ?? {} }),

  async create(given, context) {
    const family = given.family as string;
    const { taskDefinition } = await calling("ECS", "RegisterTaskDefinition", family, () =>
      context.client.ecs.send(
        new RegisterTaskDefinitionCommand({
          family,
          containerDefinitions: containersIn(given),
          cpu: given.cpu as string | undefined,
          executionRoleArn: given.executionRoleArn as string | undefined,
          memory: given.memory as string | undefined,
          networkMode: given.networkMode as "awsvpc" | undefined,
          requiresCompatibilities: given.requiresCompatibilities as "FARGATE"[] | undefined,
          taskRoleArn: given.taskRoleArn as string | undefined,
          ...tagsOf(given),
        }),
      ),
    );
    return { id: family, outputs: outputs(taskDefinition ?? {}, given, context) };
  },

  async read(id, old, context) {
    // The state keeps the revision by its ARN; an import gives that instead of the family.
    const arn = (old?.outputs.arn as string | undefined) ?? id;
    splitId(arn, token, ":task-definition/", "arn:aws:ecs:…:task-definition/<family>:<revision>");
    const found = await finding(() => live(arn, context));
    if (!found || found.status !== "ACTIVE") return undefined;
    const inputs = defined({
      containerDefinitions:
        old?.inputs.containerDefinitions ?? JSON.stringify(found.containerDefinitions),
      cpu: found.cpu,
      executionRoleArn: found.executionRoleArn || undefined,
      family: found.family,
      memory: found.memory,
      networkMode: found.networkMode,
      region: context.client.region,
      requiresCompatibilities: found.requiresCompatibilities,
      skipDestroy: old?.inputs.skipDestroy ?? false,
      tags: old?.inputs.tags,
      taskRoleArn: found.taskRoleArn || undefined,
      trackLatest: old?.inputs.trackLatest ?? false,
    });
    return { id: String(found.family), inputs, outputs: outputs(found, inputs, context) };
  },

  async update(id, { inputs: old, outputs: known }, wanted, context) {
    if (changed(old, wanted, "tags"))
      throw new Error(`this rehearsal's aws provider cannot change tags of task definition ${id}`);
    return outputs(await live(known.arn as string, context), wanted, context);
  },

  async delete(_id, { inputs: old, outputs: known }, { client }) {
    if (old.skipDestroy === true) return;
    const arn = known.arn as string;
    await calling("ECS", "DeregisterTaskDefinition", arn, () =>
      client.ecs.send(new DeregisterTaskDefinitionCommand({ taskDefinition: arn })),
    );
  },
};

async function live(arn: string, { client }: AwsContext): Promise<TaskDefinition> {
  const { taskDefinition } = await calling("ECS", "DescribeTaskDefinition", arn, () =>
    client.ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition: arn })),
  );
  return taskDefinition ?? {};
}

function outputs(found: TaskDefinition, given: Properties, { client }: AwsContext): Properties {
  const arn = found.taskDefinitionArn ?? "";
  return {
    arn,
    arnWithoutRevision: arn.replace(/:\d+$/, ""),
    region: client.region,
    revision: found.revision,
    tagsAll: given.tags ?? {},
  };
}

function tagsOf({ tags }: Properties) {
  const entries = Object.entries((tags ?? {}) as Record<string, string>);
  // ECS refuses an empty list.
  return entries.length === 0 ? {} : { tags: entries.map(([key, value]) => ({ key, value })) };
}

function containersIn({ containerDefinitions }: Properties): ContainerDefinition[] {
  return JSON.parse(containerDefinitions as string) as ContainerDefinition[];
}

/** Spacing is no change. */
function canonicalContainers(given: unknown): unknown {
  return typeof given === "string" && isList(given) ? JSON.stringify(JSON.parse(given)) : given;
}

function isList(given: string): boolean {
  try {
    return Array.isArray(JSON.parse(given));
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}
