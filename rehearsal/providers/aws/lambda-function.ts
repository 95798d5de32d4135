import {
  CreateFunctionCommand,
  DeleteFunctionCommand,
  type FunctionConfiguration,
  GetFunctionConfigurationCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
  waitUntilFunctionActiveV2,
  waitUntilFunctionUpdatedV2,
} from "@aws-sdk/client-lambda";
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
  madeThenRead,
  tags,
  text,
} from "./shared";
import { zipOf } from "./zip";

const token = "aws:lambda/function:Function";
const SETTLE_SECONDS = 60;

const inputs = z.strictObject({
  architectures: z.array(z.enum(["x86_64", "arm64"])).optional(),
  code: z.looseObject({}),
  description: text,
  environment: z
    .strictObject({ variables: z.record(z.string(), z.string()).optional() })
    .optional(),
  handler: z.string(),
  memorySize: z.number().int().min(128).max(10240).optional(),
  name: z.string(),
  packageType: z.literal("Zip").optional(),
  publish: z.boolean().optional(),
  region: text,
  reservedConcurrentExecutions: z.number().int().optional(),
  role: z.string(),
  runtime: z.string(),
  tags,
  timeout: z.number().int().min(1).max(900).optional(),
  vpcConfig: z
    .strictObject({ securityGroupIds: z.array(z.string()), subnetIds: z.array(z.string()) })
    .optional(),
});

/** What UpdateFunctionConfiguration changes. */
const CONFIGURATION = [
  "description",
  "environment",
  "handler",
  "memorySize",
  "role",
  "runtime",
  "timeout",
  "vpcConfig",
] as const;

/** A function whose code is a ZIP file. Code and configuration change in place, by a call each. */
export const lambdaFunction: Resource<Aws> = {
  token,
  inputs,
  defaults: {
    memorySize: 128,
    packageType: "Zip",
    publish: false,
    reservedConcurrentExecutions: -1,
    timeout: 3,
  },
  autoName: "name",
  replaceOn: ["name", "packageType", "region"],
  deleteBeforeReplace: (old, wanted) => old.name === wanted.name,
  serverFilled: ["architectures", "region"],
  writeOnly: ["code", "publish", "reservedConcurrentExecutions"],
  computed: ["arn", "codeSha256", "lastModified", "tagsAll", "version"],
  computedOnUpdate: (inputs) =>
    inputs.includes("code") ? ["codeSha256", "lastModified"] : ["lastModified"],
  planned: (given, { client }) => ({ region: client.region, tagsAll: given.tags ?? {} }),

  async create(given, context) {
    const { client } = context;
    const name = given.name as string;
    await calling("Lambda", "CreateFunction", name, () =>
      client.lambda.send(
        new CreateFunctionCommand({
          FunctionName: name,
          ...configuration(given),
          Architectures: given.architectures as ("x86_64" | "arm64")[] | undefined,
          Code: { ZipFile: zipOf(given.code as Properties) },
          PackageType: "Zip",
          Publish: given.publish as boolean,
          Tags: given.tags as Record<string, string> | undefined,
        }),
      ),
    );
    return madeThenRead(name, async () => {
      await calling("Lambda", "GetFunction", name, () =>
        waitUntilFunctionActiveV2(waiting(context), { FunctionName: name }),
      );
      return outputs(await live(name, context), given, context);
    });
  },

  async read(id, old, context) {
    const found = await finding(() => live(id, context));
    if (!found) return undefined;
    const inputs = defined({
      architectures: found.Architectures,
      code: old?.inputs.code,
      description: found.Description || undefined,
      environment: found.Environment?.Variables
        ? { variables: found.Environment.Variables }
        : undefined,
      handler: found.Handler,
      memorySize: found.MemorySize,
      name: found.FunctionName,
      packageType: "Zip",
      region: context.client.region,
      role: found.Role,
      runtime: found.Runtime,
      tags: old?.inputs.tags,
      timeout: found.Timeout,
      vpcConfig: old?.inputs.vpcConfig,
    });
    return { id, inputs, outputs: outputs(found, inputs, context) };
  },

  async update(id, { inputs: old }, wanted, context) {
    const { client } = context;
    if (changed(old, wanted, "tags"))
      throw new Error(`this rehearsal's aws provider cannot change tags of function ${id}`);
    if (changed(old, wanted, "code")) {
      await calling("Lambda", "UpdateFunctionCode", id, () =>
        client.lambda.send(
          new UpdateFunctionCodeCommand({
            FunctionName: id,
            ZipFile: zipOf(wanted.code as Properties),
          }),
        ),
      );
      await updated(id, context);
    }
    if (CONFIGURATION.some((input) => changed(old, wanted, input))) {
      await calling("Lambda", "UpdateFunctionConfiguration", id, () =>
        client.lambda.send(
          new UpdateFunctionConfigurationCommand({ FunctionName: id, ...configuration(wanted) }),
        ),
      );
      await updated(id, context);
    }
    return outputs(await live(id, context), wanted, context);
  },

  async delete(id, _old, { client }) {
    await deleting(() =>
      calling("Lambda", "DeleteFunction", id, () =>
        client.lambda.send(new DeleteFunctionCommand({ FunctionName: id })),
      ),
    );
  },
};

function configuration(given: Properties) {
  const { environment, vpcConfig } = given as {
    environment?: { variables?: Record<string, string> };
    vpcConfig?: { securityGroupIds: string[]; subnetIds: string[] };
  };
  return {
    Description: (given.description as string | undefined) ?? "",
    Environment: { Variables: environment?.variables ?? {} },
    Handler: given.handler as string,
    MemorySize: given.memorySize as number,
    Role: given.role as string,
    Runtime: given.runtime as "nodejs22.x",
    Timeout: given.timeout as number,
    ...(vpcConfig === undefined
      ? {}
      : {
          VpcConfig: {
            SecurityGroupIds: vpcConfig.securityGroupIds,
            SubnetIds: vpcConfig.subnetIds,
          },
        }),
  };
}

function live(name: string, { client }: AwsContext): Promise<FunctionConfiguration> {
  return calling("Lambda", "GetFunctionConfiguration", name, () =>
    client.lambda.send(new GetFunctionConfigurationCommand({ FunctionName: name })),
  );
}

function waiting({ client, signal }: AwsContext) {
  return {
    client: client.lambda,
    maxWaitTime: SETTLE_SECONDS,
    minDelay: 1,
    maxDelay: 5,
    abortSignal: signal,
  };
}

async function updated(name: string, context: AwsContext): Promise<void> {
  await calling("Lambda", "GetFunction", name, () =>
    waitUntilFunctionUpdatedV2(waiting(context), { FunctionName: name }),
  );
}

function outputs(
  found: FunctionConfiguration,
  given: Properties,
  { client }: AwsContext,
): Properties {
  return {
    arn: found.FunctionArn,
    codeSha256: found.CodeSha256,
    lastModified: found.LastModified,
    region: client.region,
    tagsAll: given.tags ?? {},
    version: found.Version,
  };
}
