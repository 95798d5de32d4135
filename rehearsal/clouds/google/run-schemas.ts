/**
 * Bodies of the Cloud Run v2 API, strict: a field that is not here is answered with 400, as the real service does with one that it does not
 * know. Fields that change nothing in the fake (limits, network, probes of liveness) are taken and given back unchanged.
 */
import { z } from "zod";
import { duration, int64, stringMap } from "./validation";

const int32 = z.number().int();
const probe = z.strictObject({
  initialDelaySeconds: int32.optional(),
  timeoutSeconds: int32.optional(),
  periodSeconds: int32.optional(),
  failureThreshold: int32.optional(),
  httpGet: z
    .strictObject({
      path: z.string().optional(),
      port: int32.optional(),
      httpHeaders: z
        .array(z.strictObject({ name: z.string(), value: z.string().optional() }))
        .optional(),
    })
    .optional(),
  tcpSocket: z.strictObject({ port: int32.optional() }).optional(),
});

const envVar = z.strictObject({
  name: z.string(),
  value: z.string().optional(),
  valueSource: z
    .strictObject({
      secretKeyRef: z.strictObject({ secret: z.string(), version: z.string().optional() }),
    })
    .optional(),
});

const container = z.strictObject({
  name: z.string().optional(),
  image: z.string(),
  command: z.array(z.string()).optional(),
  args: z.array(z.string()).optional(),
  env: z.array(envVar).optional(),
  resources: z
    .strictObject({
      limits: stringMap.optional(),
      cpuIdle: z.boolean().optional(),
      startupCpuBoost: z.boolean().optional(),
    })
    .optional(),
  ports: z
    .array(z.strictObject({ name: z.string().optional(), containerPort: int32.optional() }))
    .optional(),
  volumeMounts: z.array(z.strictObject({ name: z.string(), mountPath: z.string() })).optional(),
  workingDir: z.string().optional(),
  livenessProbe: probe.optional(),
  startupProbe: probe.optional(),
});

const vpcAccess = z.strictObject({
  connector: z.string().optional(),
  egress: z.string().optional(),
  networkInterfaces: z
    .array(
      z.strictObject({
        network: z.string().optional(),
        subnetwork: z.string().optional(),
        tags: z.array(z.string()).optional(),
      }),
    )
    .optional(),
});

// Only the kinds of volumes that a process of this machine can do without; files of secrets are not served here.
const volume = z.strictObject({
  name: z.string(),
  cloudSqlInstance: z.strictObject({ instances: z.array(z.string()) }).optional(),
  emptyDir: z
    .strictObject({ medium: z.string().optional(), sizeLimit: z.string().optional() })
    .optional(),
});

const common = {
  containers: z.array(container).optional(),
  volumes: z.array(volume).optional(),
  vpcAccess: vpcAccess.optional(),
  timeout: duration.optional(),
  serviceAccount: z.string().optional(),
  executionEnvironment: z.string().optional(),
  encryptionKey: z.string().optional(),
};
const scaling = {
  minInstanceCount: int32.optional(),
  maxInstanceCount: int32.optional(),
};

/** A service's template: what a revision is made of. */
export const revisionTemplate = z.strictObject({
  ...common,
  revision: z.string().optional(),
  labels: stringMap.optional(),
  annotations: stringMap.optional(),
  scaling: z.strictObject(scaling).optional(),
  maxInstanceRequestConcurrency: int32.optional(),
  sessionAffinity: z.boolean().optional(),
  healthCheckDisabled: z.boolean().optional(),
});

/** A job's template: what an execution is made of. */
export const executionTemplate = z.strictObject({
  labels: stringMap.optional(),
  annotations: stringMap.optional(),
  parallelism: int32.optional(),
  taskCount: int32.optional(),
  template: z.strictObject({ ...common, maxRetries: int32.optional() }).optional(),
});

// The real service takes what it gave out itself and ignores it.
const outputOnly = Object.fromEntries(
  [
    "name uid generation createTime updateTime deleteTime expireTime creator lastModifier reconciling",
    "observedGeneration terminalCondition conditions latestReadyRevision latestCreatedRevision",
    "trafficStatuses uri urls satisfiesPzs executionCount latestCreatedExecution",
  ]
    .flatMap((names) => names.split(" "))
    .map((name) => [name, z.unknown().optional()]),
);

const resource = {
  etag: z.string().optional(),
  labels: stringMap.optional(),
  annotations: stringMap.optional(),
  client: z.string().optional(),
  clientVersion: z.string().optional(),
  launchStage: z.string().optional(),
  binaryAuthorization: z
    .strictObject({
      useDefault: z.boolean().optional(),
      policy: z.string().optional(),
      breakglassJustification: z.string().optional(),
    })
    .optional(),
};

const serviceFields = {
  ...resource,
  description: z.string().optional(),
  ingress: z
    .enum([
      "INGRESS_TRAFFIC_ALL",
      "INGRESS_TRAFFIC_INTERNAL_ONLY",
      "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER",
    ])
    .optional(),
  // Absent only where an update mask leaves it alone.
  template: revisionTemplate.prefault({}),
  traffic: z
    .array(
      z.strictObject({
        type: z.literal("TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST"),
        percent: z.literal(100),
      }),
    )
    .max(1)
    .optional(),
  scaling: z
    .strictObject({
      ...scaling,
      scalingMode: z.string().optional(),
      manualInstanceCount: int32.optional(),
    })
    .optional(),
  invokerIamDisabled: z.boolean().optional(),
  defaultUriDisabled: z.literal(false).optional(),
  customAudiences: z.array(z.string()).optional(),
  iapEnabled: z.literal(false).optional(),
};

const jobFields = {
  ...resource,
  template: executionTemplate.prefault({}),
  runExecutionToken: z.string().optional(),
  startExecutionToken: z.string().optional(),
};

/** Names of the fields that a caller may set, for update masks. */
export const SERVICE_FIELDS = Object.keys(serviceFields);
/** Names of the fields that a caller may set, for update masks. */
export const JOB_FIELDS = Object.keys(jobFields);

/** Body of a service's create and patch. */
export const serviceBody = z.strictObject({ ...outputOnly, ...serviceFields });
/** Body of a job's create and patch. */
export const jobBody = z.strictObject({ ...outputOnly, ...jobFields });
/** Body of `jobs.run`. */
export const runJobBody = z.strictObject({
  validateOnly: z.boolean().optional(),
  etag: z.string().optional(),
  overrides: z
    .strictObject({
      containerOverrides: z
        .array(
          z.strictObject({
            name: z.string().optional(),
            args: z.array(z.string()).optional(),
            env: z.array(envVar).optional(),
            clearArgs: z.boolean().optional(),
          }),
        )
        .max(1)
        .optional(),
      taskCount: int32.optional(),
      timeout: duration.optional(),
    })
    .optional(),
});

/** What a caller sets of a service. */
export type ServiceFields = z.output<z.ZodObject<typeof serviceFields>>;
/** What a caller sets of a job. */
export type JobFields = z.output<z.ZodObject<typeof jobFields>>;
/** A container of a template. */
export type Container = z.output<typeof container>;
/** A variable of a container. */
export type EnvVar = z.output<typeof envVar>;
/** A service's template. */
export type RevisionTemplate = z.output<typeof revisionTemplate>;
/** A job's template. */
export type ExecutionTemplate = z.output<typeof executionTemplate>;
/** A start-up probe. */
export type Probe = z.output<typeof probe>;
/** Body of `jobs.run`. */
export type RunJobBody = z.output<typeof runJobBody>;

/** A 64-bit generation as JSON has it. */
export const generationText = (value: number): z.output<typeof int64> => String(value);
