/** Shapes and limits of Secret Manager's resources, as the v1 API checks them. */
import { z } from "zod";

import { invalid } from "./errors";
import { duration, int64, stringMap, timestamp } from "./validation";

/** Most bytes of one payload. */
export const PAYLOAD_LIMIT = 65_536;

const encryption = z.strictObject({ kmsKeyName: z.string() });
const replication = z.strictObject({
  automatic: z.strictObject({ customerManagedEncryption: encryption.optional() }).optional(),
  userManaged: z
    .strictObject({
      replicas: z.array(
        z.strictObject({
          location: z.string(),
          customerManagedEncryption: encryption.optional(),
        }),
      ),
    })
    .optional(),
});

/** Body of `secrets.create` and `secrets.patch`; output-only fields are taken and ignored, as the real service does. */
export const secretBody = z.strictObject({
  name: z.string().optional(),
  createTime: z.string().optional(),
  replication: replication.optional(),
  labels: stringMap.optional(),
  annotations: stringMap.optional(),
  topics: z.array(z.strictObject({ name: z.string() })).optional(),
  rotation: z
    .strictObject({ nextRotationTime: timestamp.optional(), rotationPeriod: duration.optional() })
    .optional(),
  versionAliases: z.record(z.string(), int64).optional(),
  versionDestroyTtl: duration.optional(),
  expireTime: timestamp.optional(),
  ttl: duration.optional(),
  tags: stringMap.optional(),
  etag: z.string().optional(),
});
/** A validated body of a secret. */
export type SecretInput = z.output<typeof secretBody>;

/** Body of `secrets.addVersion`. */
export const addVersionBody = z.strictObject({
  payload: z.strictObject({ data: z.string().optional(), dataCrc32c: int64.optional() }).optional(),
});
/** Body of `:enable`, `:disable` and `:destroy`. */
export const versionMoveBody = z.strictObject({ etag: z.string().optional() });
const LABEL_KEY = /^[\p{Ll}\p{Lo}][\p{Ll}\p{Lo}\p{N}_-]{0,62}$/u;
const LABEL_VALUE = /^[\p{Ll}\p{Lo}\p{N}_-]{0,63}$/u;
const KMS_KEY = /^projects\/[^/]+\/locations\/([^/]+)\/keyRings\/[^/]+\/cryptoKeys\/[^/]+$/;

/** Refuses an id that is not 1 to 255 letters, digits, hyphens and underscores. */
export function checkSecretId(id: string | undefined): string {
  if (id !== undefined && /^[A-Za-z0-9_-]{1,255}$/.test(id)) return id;
  throw invalid(
    "The provided secret_id is invalid: 1 to 255 letters, digits, hyphens and underscores are allowed.",
  );
}

/** Checks everything in a secret's body but its replication; throws 400 INVALID_ARGUMENT. */
export function checkSecret(input: SecretInput): void {
  const labels = Object.entries(input.labels ?? {});
  if (labels.length > 64) throw invalid("A secret can have at most 64 labels.");
  for (const [key, value] of labels) {
    if (!LABEL_KEY.test(key)) {
      throw invalid(
        `Label key '${key}' is invalid: 1 to 63 lowercase letters, digits, hyphens and underscores, beginning with a letter.`,
      );
    }
    if (!LABEL_VALUE.test(value)) {
      throw invalid(
        `The value of label '${key}' is invalid: at most 63 lowercase letters, digits, hyphens and underscores.`,
      );
    }
  }
  const annotations = Object.entries(input.annotations ?? {});
  const size = annotations.reduce((sum, [key, value]) => sum + Buffer.byteLength(key + value), 0);
  if (size > 16_384) throw invalid("The annotations of a secret may hold at most 16 KiB in all.");
  if (input.expireTime !== undefined && input.ttl !== undefined) {
    throw invalid("Only one of expire_time and ttl may be set.");
  }
  const { rotation, topics } = input;
  if (rotation && (topics ?? []).length === 0) {
    throw invalid("Rotation requires at least one topic to be configured.");
  }
  if (rotation?.rotationPeriod !== undefined) {
    if (
      Number.parseFloat(rotation.rotationPeriod) < 3600 ||
      rotation.nextRotationTime === undefined
    ) {
      throw invalid(
        "rotation_period must be at least 3600s, and next_rotation_time must be set with it.",
      );
    }
  }
  if (
    input.versionDestroyTtl !== undefined &&
    Number.parseFloat(input.versionDestroyTtl) < 86_400
  ) {
    throw invalid("version_destroy_ttl must be at least 86400s.");
  }
}

/** Checks the replication of a new secret: exactly one policy, keys in the replica's own location. */
export function checkReplication(input: SecretInput): NonNullable<SecretInput["replication"]> {
  const { automatic, userManaged } = input.replication ?? {};
  if (!input.replication || (automatic === undefined) === (userManaged === undefined)) {
    throw invalid("Secret replication is required: set exactly one of automatic and user_managed.");
  }
  if (userManaged && userManaged.replicas.length === 0) {
    throw invalid("User-managed replication requires at least one replica.");
  }
  const keys = userManaged
    ? userManaged.replicas.map(
        (r) => [r.location, r.customerManagedEncryption?.kmsKeyName] as const,
      )
    : [["global", automatic?.customerManagedEncryption?.kmsKeyName] as const];
  for (const [location, name] of keys) {
    if (name !== undefined && KMS_KEY.exec(name)?.[1] !== location) {
      throw invalid(`kms_key_name must name a crypto key in the location '${location}'.`);
    }
  }
  return input.replication;
}

/** Fields that a patch may change, by their JSON and their proto name. */
export const PATCHABLE: Readonly<Record<string, keyof SecretInput>> = {
  labels: "labels",
  annotations: "annotations",
  topics: "topics",
  rotation: "rotation",
  versionAliases: "versionAliases",
  version_aliases: "versionAliases",
  versionDestroyTtl: "versionDestroyTtl",
  version_destroy_ttl: "versionDestroyTtl",
  expireTime: "expireTime",
  expire_time: "expireTime",
  ttl: "ttl",
};

/** Fields named by an update mask; throws 400 for a missing mask and for a field that cannot change. */
export function readMask(mask: string | undefined): (keyof SecretInput)[] {
  const names = (mask ?? "")
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
  if (names.length === 0) throw invalid("The update_mask is required and must not be empty.");
  return names.map((name) => {
    const field = PATCHABLE[name];
    if (field === undefined) {
      throw invalid(`Invalid update_mask: the field '${name}' cannot be updated.`);
    }
    return field;
  });
}
