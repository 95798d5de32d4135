import { z } from "zod";
import { runResource } from "./run-resource";
import { filledContainers, jobTemplate } from "./run-shapes";
import { deletionPolicy, pruneTo, stringMap, text } from "./shared";

const inputs = z
  .strictObject({
    annotations: stringMap,
    client: text,
    clientVersion: text,
    deletionPolicy,
    deletionProtection: z.boolean().optional(),
    labels: stringMap,
    launchStage: text,
    location: z.string(),
    name: z.string(),
    project: text,
    runExecutionToken: text,
    startExecutionToken: text,
    template: jobTemplate,
  })
  .refine((job) => job.runExecutionToken === undefined || job.startExecutionToken === undefined, {
    message: "runExecutionToken and startExecutionToken exclude each other",
  });

/**
 * A Cloud Run job. With a new `runExecutionToken` the create or update runs an execution, waits for it,
 * and fails when it fails.
 */
export const runJob = runResource({
  kind: "jobs",
  token: "gcp:cloudrunv2/job:Job",
  inputs,
  sent: [
    "client",
    "clientVersion",
    "launchStage",
    "runExecutionToken",
    "startExecutionToken",
    "template",
  ],
  singlePort: false,
  serverFilled: [
    "template.parallelism",
    "template.taskCount",
    "template.template.executionEnvironment",
    "template.template.maxRetries",
    "template.template.serviceAccount",
    "template.template.timeout",
    ...filledContainers("template.template.containers"),
  ],
  writeOnly: ["runExecutionToken", "startExecutionToken"],
  envs: "template.template.containers[*].envs",
  computed: ["executionCount", "latestCreatedExecutions"],
  outputs: (live) => ({
    executionCount: live.executionCount ?? 0,
    latestCreatedExecutions: live.latestCreatedExecution ? [live.latestCreatedExecution] : [],
    template: pruneTo(jobTemplate, live.template),
  }),
});
