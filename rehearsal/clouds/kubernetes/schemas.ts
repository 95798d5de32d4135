/**
 * Bodies of the API, strict: a field that is not here is refused, as an API server does for what it does not know. Fields that change
 * nothing in the fake (resources, security contexts) are taken and given back unchanged.
 */
import { z } from "zod";

const text = z.string().optional();
const count = z.number().int().nonnegative().optional();
const flag = z.boolean().optional();
const texts = z.record(z.string(), z.string()).optional();
const free = z.record(z.string(), z.unknown()).optional();
const share = z.union([z.number().int().nonnegative(), z.string().regex(/^\d+%$/)]).optional();

const metadata = z.strictObject({
  name: text,
  namespace: text,
  labels: texts,
  annotations: texts,
  // What the server itself sets comes back in replacements.
  uid: text,
  resourceVersion: text,
  creationTimestamp: text,
  generation: count,
  ownerReferences: z.array(z.unknown()).optional(),
  deletionTimestamp: text,
  finalizers: z.array(z.string()).optional(),
  managedFields: z.array(z.record(z.string(), z.unknown())).optional(),
});

const whole = {
  apiVersion: z.string(),
  kind: z.string(),
  metadata,
  status: z.unknown().optional(),
};

const reference = z.strictObject({ name: z.string(), key: z.string(), optional: flag });
const env = z.strictObject({
  name: z.string(),
  value: text,
  valueFrom: z
    .strictObject({
      secretKeyRef: reference.optional(),
      configMapKeyRef: reference.optional(),
    })
    .optional(),
});
const probe = z.strictObject({
  httpGet: z.strictObject({ path: text, port: z.union([z.number().int(), z.string()]) }).optional(),
  initialDelaySeconds: count,
  periodSeconds: count,
  timeoutSeconds: count,
  failureThreshold: count,
  successThreshold: count,
});
const container = z.strictObject({
  name: z.string(),
  image: z.string(),
  imagePullPolicy: text,
  args: z.array(z.string()).optional(),
  env: z.array(env).optional(),
  ports: z
    .array(z.strictObject({ name: text, containerPort: z.number().int(), protocol: text }))
    .optional(),
  readinessProbe: probe.optional(),
  livenessProbe: probe.optional(),
  startupProbe: probe.optional(),
  lifecycle: z
    .strictObject({
      preStop: z.strictObject({ sleep: z.strictObject({ seconds: count }) }).optional(),
    })
    .optional(),
  resources: free,
  securityContext: free,
  volumeMounts: z
    .array(z.strictObject({ name: z.string(), mountPath: z.string(), readOnly: flag }))
    .optional(),
});
const podSpec = z.strictObject({
  containers: z.array(container).min(1),
  serviceAccountName: text,
  automountServiceAccountToken: flag,
  terminationGracePeriodSeconds: count,
  securityContext: free,
  restartPolicy: text,
  volumes: z
    .array(
      z.strictObject({
        name: z.string(),
        persistentVolumeClaim: z.strictObject({ claimName: z.string(), readOnly: flag }).optional(),
        projected: free,
        emptyDir: free,
      }),
    )
    .optional(),
});

const rules = z.array(
  z.strictObject({
    apiGroups: z.array(z.string()),
    resources: z.array(z.string()),
    resourceNames: z.array(z.string()).optional(),
    verbs: z.array(z.string()),
  }),
);

const podTemplate = z.strictObject({
  metadata: z.strictObject({ labels: texts, annotations: texts }).optional(),
  spec: podSpec,
});

/** One schema a kind. */
export const SCHEMAS = {
  Namespace: z.strictObject({ ...whole, spec: free }),
  Secret: z.strictObject({ ...whole, type: text, immutable: flag, data: texts, stringData: texts }),
  ConfigMap: z.strictObject({ ...whole, immutable: flag, data: texts }),
  ServiceAccount: z.strictObject({ ...whole, automountServiceAccountToken: flag }),
  PersistentVolumeClaim: z.strictObject({
    ...whole,
    spec: z.strictObject({
      accessModes: z.array(z.string()).min(1),
      resources: z.strictObject({ requests: z.record(z.string(), z.string()) }),
      storageClassName: text,
      volumeMode: text,
      volumeName: text,
    }),
  }),
  Service: z.strictObject({
    ...whole,
    spec: z.strictObject({
      selector: z.record(z.string(), z.string()),
      type: z.enum(["ClusterIP", "LoadBalancer"]).optional(),
      clusterIP: text,
      ports: z
        .array(
          z.strictObject({
            name: text,
            port: z.number().int(),
            targetPort: z.union([z.number().int(), z.string()]).optional(),
            protocol: text,
          }),
        )
        .min(1),
    }),
  }),
  Deployment: z.strictObject({
    ...whole,
    spec: z.strictObject({
      replicas: count,
      progressDeadlineSeconds: count,
      revisionHistoryLimit: count,
      selector: z.strictObject({ matchLabels: z.record(z.string(), z.string()) }),
      strategy: z
        .strictObject({
          type: z.enum(["RollingUpdate", "Recreate"]).optional(),
          rollingUpdate: z.strictObject({ maxSurge: share, maxUnavailable: share }).optional(),
        })
        .optional(),
      template: podTemplate,
    }),
  }),
  CronJob: z.strictObject({
    ...whole,
    spec: z.strictObject({
      schedule: z.string().regex(/^\S+( \S+){4}$/),
      timeZone: text,
      concurrencyPolicy: z.enum(["Allow", "Forbid", "Replace"]).optional(),
      suspend: flag,
      startingDeadlineSeconds: count,
      successfulJobsHistoryLimit: count,
      failedJobsHistoryLimit: count,
      jobTemplate: z.strictObject({
        metadata: z.strictObject({ labels: texts, annotations: texts }).optional(),
        spec: z.strictObject({
          backoffLimit: count,
          activeDeadlineSeconds: count,
          ttlSecondsAfterFinished: count,
          template: podTemplate,
        }),
      }),
    }),
  }),
  Endpoints: z.strictObject({ ...whole, subsets: z.array(z.unknown()).optional() }),
  Event: z.strictObject({ ...whole }),
  ReplicaSet: z.strictObject({ ...whole, spec: free }),
  Pod: z.strictObject({ ...whole, spec: free }),
  Role: z.strictObject({ ...whole, rules: rules.optional() }),
  RoleBinding: z.strictObject({
    ...whole,
    roleRef: z.strictObject({
      apiGroup: z.string(),
      kind: z.literal("Role"),
      name: z.string(),
    }),
    subjects: z
      .array(
        z.strictObject({
          kind: z.literal("ServiceAccount"),
          name: z.string(),
          namespace: text,
          apiGroup: text,
        }),
      )
      .optional(),
  }),
} as const;

/** What a deployment wants. */
export type DeploymentSpec = z.infer<typeof SCHEMAS.Deployment>["spec"];
/** What a pod runs. */
export type PodSpec = z.infer<typeof podSpec>;
/** One container of a pod. */
export type Container = z.infer<typeof container>;
/** What a service fronts. */
export type ServiceSpec = z.infer<typeof SCHEMAS.Service>["spec"];
/** What a role allows. */
export type Rules = z.infer<typeof rules>;
