import { z } from "zod";
import { isRecord, type Properties } from "../protocol/values";
import { stringMap, text } from "./shared";

const number = z.number().int().optional();
const flag = z.boolean().optional();
const texts = z.array(z.string()).optional();

const env = z.strictObject({
  name: z.string(),
  value: text,
  valueSource: z
    .strictObject({
      secretKeyRef: z.strictObject({ secret: z.string(), version: text }).optional(),
    })
    .optional(),
});

const probe = z
  .strictObject({
    failureThreshold: number,
    grpc: z.strictObject({ port: number, service: text }).optional(),
    httpGet: z
      .strictObject({
        httpHeaders: z.array(z.strictObject({ name: z.string(), value: text })).optional(),
        path: text,
        port: number,
      })
      .optional(),
    initialDelaySeconds: number,
    periodSeconds: number,
    tcpSocket: z.strictObject({ port: number }).optional(),
    timeoutSeconds: number,
  })
  .optional();

const port = z.strictObject({ containerPort: number, name: text });

const container = {
  args: texts,
  commands: texts,
  dependsOns: texts,
  envs: z.array(env).optional(),
  image: z.string(),
  name: text,
  startupProbe: probe,
  volumeMounts: z
    .array(z.strictObject({ mountPath: z.string(), name: z.string(), subPath: text }))
    .optional(),
  workingDir: text,
};

const volume = z.strictObject({
  cloudSqlInstance: z.strictObject({ instances: texts }).optional(),
  emptyDir: z.strictObject({ medium: text, sizeLimit: text }).optional(),
  name: z.string(),
  secret: z
    .strictObject({
      defaultMode: number,
      items: z.array(z.strictObject({ mode: number, path: z.string(), version: text })).optional(),
      secret: z.string(),
    })
    .optional(),
});

const vpcAccess = z
  .strictObject({
    connector: text,
    egress: text,
    networkInterfaces: z
      .array(z.strictObject({ network: text, subnetwork: text, tags: texts }))
      .optional(),
  })
  .optional();

const task = {
  encryptionKey: text,
  executionEnvironment: text,
  serviceAccount: text,
  timeout: text,
  volumes: z.array(volume).optional(),
  vpcAccess,
};

/** `template` of a service. */
export const serviceTemplate = z.strictObject({
  ...task,
  annotations: stringMap,
  containers: z
    .array(
      z.strictObject({
        ...container,
        livenessProbe: probe,
        ports: port.optional(),
        resources: z
          .strictObject({ cpuIdle: flag, limits: stringMap, startupCpuBoost: flag })
          .optional(),
      }),
    )
    .optional(),
  healthCheckDisabled: flag,
  labels: stringMap,
  maxInstanceRequestConcurrency: number,
  revision: text,
  scaling: z.strictObject({ maxInstanceCount: number, minInstanceCount: number }).optional(),
  sessionAffinity: flag,
});

/** `template` of a job. */
export const jobTemplate = z.strictObject({
  annotations: stringMap,
  labels: stringMap,
  parallelism: number,
  taskCount: number,
  template: z.strictObject({
    ...task,
    containers: z
      .array(
        z.strictObject({
          ...container,
          ports: z.array(port).optional(),
          resources: z.strictObject({ limits: stringMap }).optional(),
        }),
      )
      .optional(),
    maxRetries: number,
  }),
});

// Maps of the user's own keys, in which nothing may be renamed.
const USER_MAPS = new Set(["labels", "annotations", "limits"]);
const TO_API: Record<string, string> = {
  commands: "command",
  dependsOns: "dependsOn",
  envs: "env",
  traffics: "traffic",
};
const FROM_API = Object.fromEntries(Object.entries(TO_API).map(([ours, api]) => [api, ours]));

/** Inputs as the API names them. */
export function toApi(value: unknown): unknown {
  return rename(value, TO_API, (container) =>
    isRecord(container.ports) ? { ...container, ports: [container.ports] } : container,
  );
}

/** The API's object as inputs name it; a service's `ports` is one port, a job's a list. */
export function fromApi(value: unknown, singlePort: boolean): unknown {
  return rename(value, FROM_API, (container) =>
    singlePort && Array.isArray(container.ports)
      ? { ...container, ports: container.ports[0] as unknown }
      : container,
  );
}

function rename(
  value: unknown,
  names: Record<string, string>,
  adjust: (record: Properties) => Properties,
): unknown {
  if (Array.isArray(value)) return value.map((entry) => rename(entry, names, adjust));
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries("image" in value ? adjust(value) : value).map(([key, entry]) => [
      names[key] ?? key,
      USER_MAPS.has(key) ? entry : rename(entry, names, adjust),
    ]),
  );
}

/** What Cloud Run fills in below a list of containers. */
export function filledContainers(containers: string): string[] {
  const probes = ["startupProbe", "livenessProbe"].flatMap((one) =>
    [
      "failureThreshold",
      "initialDelaySeconds",
      "periodSeconds",
      "timeoutSeconds",
      "httpGet.path",
      "httpGet.port",
      "tcpSocket.port",
      "grpc.port",
    ].map((field) => `${containers}[*].${one}.${field}`),
  );
  return [
    `${containers}[*].name`,
    `${containers}[*].ports`,
    `${containers}[*].resources`,
    `${containers}[*].startupProbe`,
    `${containers}[*].envs[*].valueSource.secretKeyRef.version`,
    ...probes,
  ];
}
