import { z } from "zod";
import { runResource } from "./run-resource";
import { filledContainers, serviceTemplate } from "./run-shapes";
import { defined, deletionPolicy, pruneTo, stringMap, text } from "./shared";

const count = z.number().int().optional();

const inputs = z.strictObject({
  annotations: stringMap,
  client: text,
  clientVersion: text,
  customAudiences: z.array(z.string()).optional(),
  defaultUriDisabled: z.boolean().optional(),
  deletionPolicy,
  deletionProtection: z.boolean().optional(),
  description: text,
  ingress: z
    .enum([
      "INGRESS_TRAFFIC_ALL",
      "INGRESS_TRAFFIC_INTERNAL_ONLY",
      "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER",
    ])
    .optional(),
  invokerIamDisabled: z.boolean().optional(),
  labels: stringMap,
  launchStage: text,
  location: z.string(),
  name: z.string(),
  project: text,
  scaling: z
    .strictObject({
      manualInstanceCount: count,
      maxInstanceCount: count,
      minInstanceCount: count,
      scalingMode: text,
    })
    .optional(),
  template: serviceTemplate,
  traffics: z
    .array(z.strictObject({ percent: count, revision: text, tag: text, type: text }))
    .optional(),
});

/**
 * A Cloud Run service. Every change of the template makes a revision; the change is done when that
 * revision is ready and has its traffic, and fails, leaving the old revision in service, when it is not.
 */
export const runService = runResource({
  kind: "services",
  token: "gcp:cloudrunv2/service:Service",
  inputs,
  sent: [
    "client",
    "clientVersion",
    "customAudiences",
    "defaultUriDisabled",
    "description",
    "ingress",
    "invokerIamDisabled",
    "launchStage",
    "scaling",
    "template",
    "traffics",
  ],
  singlePort: true,
  serverFilled: [
    "ingress",
    "scaling",
    "template.executionEnvironment",
    "template.maxInstanceRequestConcurrency",
    "template.scaling",
    "template.serviceAccount",
    "template.timeout",
    "traffics",
    ...filledContainers("template.containers"),
  ],
  envs: "template.containers[*].envs",
  computed: [
    "ingress",
    "latestCreatedRevision",
    "latestReadyRevision",
    "scaling",
    "traffics",
    "trafficStatuses",
    "uri",
    "urls",
  ],
  outputs: (live) =>
    defined({
      ingress: live.ingress,
      latestCreatedRevision: live.latestCreatedRevision ?? "",
      latestReadyRevision: live.latestReadyRevision ?? "",
      scaling: live.scaling,
      template: pruneTo(serviceTemplate, live.template),
      traffics: live.traffics ?? [],
      trafficStatuses: live.trafficStatuses ?? [],
      uri: live.uri ?? "",
      urls: live.urls ?? [],
    }),
});
