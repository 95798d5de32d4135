import { z } from "zod";
import type { Secret } from "../../../operator/google";
import type { Resource } from "../protocol/resource";
import { isRecord, type Properties } from "../protocol/values";
import type { Gcp } from "./config";
import { labelOutputs, merged, owned, plannedLabels, pulumiLabels } from "./labels";
import {
  defined,
  deleting,
  deletionPolicy,
  finding,
  isAbandoned,
  parseId,
  projectOf,
  stringMap,
  text,
} from "./shared";

const token = "gcp:secretmanager/secret:Secret";
const encryption = z.strictObject({ kmsKeyName: z.string() }).optional();

const inputs = z.strictObject({
  annotations: stringMap,
  deletionPolicy,
  deletionProtection: z.boolean().optional(),
  expireTime: text,
  labels: stringMap,
  project: text,
  replication: z
    .strictObject({
      auto: z.strictObject({ customerManagedEncryption: encryption }).optional(),
      userManaged: z
        .strictObject({
          replicas: z
            .array(z.strictObject({ location: z.string(), customerManagedEncryption: encryption }))
            .min(1),
        })
        .optional(),
    })
    .refine((value) => (value.auto === undefined) !== (value.userManaged === undefined), {
      message: "exactly one of auto and userManaged must be given",
    }),
  rotation: z.strictObject({ nextRotationTime: text, rotationPeriod: text }).optional(),
  secretId: z.string(),
  topics: z.array(z.strictObject({ name: z.string() })).optional(),
  ttl: text,
  versionAliases: stringMap,
  versionDestroyTtl: text,
});

// Input → field of the API, for what both spell alike.
const PLAIN = [
  "expireTime",
  "rotation",
  "topics",
  "ttl",
  "versionAliases",
  "versionDestroyTtl",
] as const;

/** A Secret Manager secret: name, replication and metadata; the values are its versions. */
export const secret: Resource<Gcp> = {
  token,
  inputs,
  defaults: { deletionPolicy: "DELETE", deletionProtection: false },
  autoName: "secretId",
  replaceOn: ["secretId", "project", "replication"],
  inPlace: [
    "replication.auto.customerManagedEncryption",
    "replication.userManaged.replicas[*].customerManagedEncryption",
  ],
  deleteBeforeReplace: (old, wanted) =>
    old.secretId === wanted.secretId && old.project === wanted.project,
  serverFilled: ["project", "expireTime"],
  writeOnly: ["ttl", "deletionPolicy", "deletionProtection"],
  secretOutputs: labelOutputs,
  harmlessOutputs: labelOutputs,
  computed: ["createTime", "effectiveAnnotations", "expireTime", "name", "versionAliases"],
  planned: (given, context) => ({
    project: projectOf(given, context),
    ...plannedLabels(given, context),
  }),

  async create(given, context) {
    const project = projectOf(given, context);
    const secretId = given.secretId as string;
    const created = await context.client.google.secretManager.createSecret(project, secretId, {
      ...body(given),
      replication: toReplication(given.replication),
      labels: pulumiLabels(given, context),
    });
    return { id: idOf(project, secretId), outputs: outputs(created, given, project, context) };
  },

  async read(id, old, context) {
    const at = old
      ? { project: old.outputs.project as string, secretId: old.outputs.secretId as string }
      : parseImport(id, context.client.project);
    const name = idOf(at.project, at.secretId);
    const live = await finding(() => context.client.google.secretManager.getSecret(name));
    if (!live) return undefined;
    const found = defined({
      ...Object.fromEntries(PLAIN.map((field) => [field, live[field]])),
      deletionPolicy: "DELETE",
      deletionProtection: false,
      annotations: owned(live.annotations, old?.inputs.annotations),
      labels: owned(live.labels, old?.inputs.labels),
      project: at.project,
      replication: fromReplication(live.replication),
      secretId: at.secretId,
    });
    return { id: name, inputs: found, outputs: outputs(live, found, at.project, context) };
  },

  async update(id, old, wanted, context) {
    const { secretManager } = context.client.google;
    const live = await secretManager.getSecret(id);
    const before = { ...context.client.attribution, ...(old.inputs.labels as object) };
    const next: Secret = {
      ...body(wanted),
      labels: merged(live.labels, before, pulumiLabels(wanted, context)),
      annotations: merged(
        live.annotations,
        old.inputs.annotations as Record<string, string>,
        wanted.annotations as Record<string, string>,
      ),
    };
    const changed = (field: string) =>
      JSON.stringify(old.inputs[field]) !== JSON.stringify(wanted[field]);
    const mask = ["labels", "annotations", ...PLAIN].filter(changed);
    if (changed("replication")) {
      next.replication = toReplication(wanted.replication);
      mask.push("replication");
    }
    const project = projectOf(wanted, context);
    const result = mask.length > 0 ? await secretManager.patchSecret(id, next, mask) : live;
    return outputs(result, wanted, project, context);
  },

  async delete(id, old, context) {
    if (isAbandoned(old.outputs, id)) return;
    await deleting(() => context.client.google.secretManager.deleteSecret(id));
  },
};

function idOf(project: string, secretId: string): string {
  return `projects/${project}/secrets/${secretId}`;
}

function parseImport(id: string, project: string): { project: string; secretId: string } {
  const found = parseId(id, token, [
    {
      pattern: /^projects\/(?<project>[^/]+)\/secrets\/(?<secretId>[^/]+)$/,
      form: "projects/<project>/secrets/<secret>",
    },
    { pattern: /^(?<project>[^/]+)\/(?<secretId>[^/]+)$/, form: "<project>/<secret>" },
    { pattern: /^(?<secretId>[^/]+)$/, form: "<secret>" },
  ]);
  return { project: found.project ?? project, secretId: found.secretId ?? id };
}

function body(given: Properties): Secret {
  return defined({
    ...Object.fromEntries(PLAIN.map((field) => [field, given[field]])),
    annotations: given.annotations,
  });
}

function outputs(
  live: Secret,
  given: Properties,
  project: string,
  context: Parameters<typeof pulumiLabels>[1],
): Properties {
  return defined({
    name: live.name,
    project,
    createTime: live.createTime,
    expireTime: live.expireTime ?? "",
    versionAliases: live.versionAliases,
    effectiveAnnotations: live.annotations ?? {},
    effectiveLabels: live.labels ?? {},
    pulumiLabels: pulumiLabels(given, context),
  });
}

function toReplication(replication: unknown): Record<string, unknown> {
  const { auto, userManaged } = replication as Properties;
  return auto === undefined ? { userManaged } : { automatic: auto };
}

function fromReplication(replication: Secret["replication"]): Properties {
  const { automatic, userManaged } = replication ?? {};
  if (!isRecord(userManaged)) return { auto: strip(automatic) };
  const replicas = userManaged.replicas as Properties[];
  return { userManaged: { replicas: replicas.map(strip) } };
}

// Only the key's name is an input; the server adds states of its own.
function strip(part: unknown): Properties {
  if (!isRecord(part)) return {};
  const { location, customerManagedEncryption: cme } = part;
  const key = isRecord(cme) ? { kmsKeyName: cme.kmsKeyName } : undefined;
  return defined({ location, customerManagedEncryption: key });
}
