import { createHmac } from "node:crypto";
import { z } from "zod";
import { ConfigurationError } from "./errors";
import { placeOfIntake } from "./intake-place";
import { LiveGeneration, RotationRecord, liveGenerations } from "./rotation";

/** The setting that holds the values, or references to them, of externally issued secrets. */
export const EXTERNAL = "rekey:external";

const generation = z.number().int().min(1);
const fingerprint = z.string().regex(/^hmac-sha256:[0-9a-f]{16}$/);
const entry = z.union([
  z.strictObject({ generation, value: z.string(), fingerprint: fingerprint.optional() }),
  z.strictObject({ generation, version: z.string().min(1), fingerprint: fingerprint.optional() }),
  z.strictObject({
    generation,
    intake: z.string().refine((text) => placeOfIntake(text) !== undefined),
    fingerprint: fingerprint.optional(),
  }),
]);
const shape = z.record(z.string(), z.record(z.string(), entry));

/**
 * What a slot of an external secret holds: the value itself (encrypted in the configuration), the store's version of it that the program publishes
 * as it is, or where in a store it was taken in, from which the program publishes it.
 */
export type ExternalValue = z.infer<typeof entry>;
/** By secret name, then by slot. */
export type ExternalValues = Readonly<Record<string, Readonly<Record<string, ExternalValue>>>>;

/** The keyed fingerprint of a value: 64 bits of its HMAC-SHA256, enough to tell two values apart and useless without the key. */
export function fingerprintOf(value: string, key: string): string {
  return `hmac-sha256:${createHmac("sha256", key).update(value).digest("hex").slice(0, 16)}`;
}

/**
 * Reads `rekey:external`. Values never enter a message, not even in part.
 *
 * @throws ConfigurationError naming the entry's path and the shape that is allowed.
 */
export function readExternal(raw: unknown): ExternalValues {
  const parsed = shape.safeParse(raw ?? {});
  if (parsed.success) return parsed.data;
  const path = [EXTERNAL, ...(parsed.error.issues[0]?.path ?? []).map(String)].join(".");
  throw new ConfigurationError({
    path,
    problem: "is missing or of the wrong kind",
    allowed:
      "{ generation, value: <encrypted> }, { generation, version: <the store's version> } or { generation, intake: <where it was taken in> }",
    fix: "take the value in again: `rekey stage <SECRET>`",
  });
}

/**
 * Holds the values against the record: one a live slot, not empty, each with a fingerprint of its own that fits its value, so that
 * neither a bump without a new value nor a new value without a bump goes through.
 *
 * @throws ConfigurationError with the command that sets what is missing.
 */
export function checkExternal(
  secret: string,
  record: RotationRecord,
  values: Readonly<Record<string, ExternalValue>>,
  key: string | undefined,
): void {
  const seen = new Map<string, string>();
  for (const live of liveGenerations(record)) {
    const found = externalValue(secret, live, values);
    const path = `${EXTERNAL}.${secret}.${live.slot}`;
    const print = printOf(found, key, path, secret);
    const twin = seen.get(print);
    if (twin !== undefined)
      throw new ConfigurationError({
        path,
        problem: `generation ${live.generation} has the same value as slot ${twin}: a bump without a new value`,
        allowed: "a value of its own for each generation",
        fix: `\`rekey withdraw ${secret}\`, have the issuer make a new key, then \`rekey stage ${secret}\``,
      });
    seen.set(print, live.slot);
  }
}

/** The entry of a live slot; see {@link checkExternal}. */
export function externalValue(
  secret: string,
  live: LiveGeneration,
  values: Readonly<Record<string, ExternalValue>>,
): ExternalValue {
  const path = `${EXTERNAL}.${secret}.${live.slot}`;
  const found = values[live.slot];
  if (found === undefined || ("value" in found && found.value.trim() === ""))
    throw new ConfigurationError({
      path,
      problem: `generation ${live.generation} of ${secret} has ${found ? "an empty" : "no"} value`,
      allowed: "one value for each live slot",
      fix: `pulumi config set --path '${path}.generation' ${live.generation} && pulumi config set --secret --path '${path}.value'`,
    });
  if (found.generation !== live.generation)
    throw new ConfigurationError({
      path,
      problem: `slot ${live.slot} holds generation ${live.generation}, its value is of generation ${found.generation}: a bump without a new value`,
      allowed: `a value of generation ${live.generation}`,
      fix: `take the new value in with \`rekey stage ${secret}\` instead of editing the record`,
    });
  return found;
}

function printOf(
  found: ExternalValue,
  key: string | undefined,
  path: string,
  secret: string,
): string {
  if ("version" in found) return found.fingerprint ?? found.version;
  if ("intake" in found) return found.fingerprint ?? found.intake;
  refuseChangedValue(found, key, path, secret);
  return key === undefined ? found.value : fingerprintOf(found.value, key);
}

/** Refuses a value that is not the one whose fingerprint stands beside it. */
export function refuseChangedValue(
  found: Extract<ExternalValue, { value: string }>,
  key: string | undefined,
  path: string,
  secret: string,
): void {
  const print = key === undefined ? undefined : fingerprintOf(found.value, key);
  if (print !== undefined && found.fingerprint !== undefined && found.fingerprint !== print)
    throw new ConfigurationError({
      path,
      problem: "the value is not the one that was taken in: a new value without a bump",
      allowed: `the value with the fingerprint beside it`,
      fix: `put the old value back and take the new one in with \`rekey stage ${secret}\``,
    });
}
