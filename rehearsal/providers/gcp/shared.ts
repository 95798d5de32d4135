import { z } from "zod";
import { isNotFound } from "../../../operator/google";
import type { Context } from "../protocol/resource";
import { isRecord, type Properties } from "../protocol/values";
import type { Gcp } from "./config";

/** Optional text. */
export const text = z.string().optional();

/** Optional map of texts, as labels and annotations are. */
export const stringMap = z.record(z.string(), z.string()).optional();

/** What happens on deletion; the same words in every resource of the provider. */
export const deletionPolicy = z.enum(["DELETE", "ABANDON", "PREVENT"]).optional();

/** The context of a resource of this provider. */
export type GcpContext = Context<Gcp>;

/** The project of a resource: its own, or the provider's. */
export function projectOf(inputs: Properties, context: GcpContext): string {
  return (inputs.project as string | undefined) ?? context.client.project;
}

/**
 * True when deletion is to leave the thing alone (`ABANDON`). Throws when it is forbidden (`PREVENT`, or
 * a true `deletionProtection`): the setting counts as the state has it, so it takes an `up` of its own.
 */
export function isAbandoned(old: Properties, name: string, protectedByDefault = false): boolean {
  if (old.deletionPolicy === "PREVENT") {
    throw new Error(
      `cannot delete ${name}: its deletionPolicy is "PREVENT"; set it to "DELETE" and run an update first`,
    );
  }
  if (old.deletionPolicy === "ABANDON") return true;
  if (old.deletionProtection ?? protectedByDefault) {
    throw new Error(
      `cannot delete ${name}: deletionProtection is true; set it to false and run an update first`,
    );
  }
  return false;
}

/** Runs a deletion; that the thing is gone already is fine. */
export async function deleting(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

/** Runs a look-up; `undefined` when the thing does not exist. */
export async function finding<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** Reads an import's id; the message says which forms there are. */
export function parseId(
  id: string,
  token: string,
  forms: readonly { pattern: RegExp; form: string }[],
): Record<string, string> {
  for (const { pattern } of forms) {
    const groups = pattern.exec(id)?.groups;
    if (groups) return { ...groups };
  }
  const allowed = forms.map(({ form }) => `"${form}"`).join(" or ");
  throw new Error(`"${id}" is no id of a ${token} to import; allowed: ${allowed}`);
}

/** Keeps what the schema knows, at every level: the rest is the server's own and no input. */
export function pruneTo(schema: z.ZodType, value: unknown): unknown {
  if (schema instanceof z.ZodOptional) return pruneTo(schema.unwrap() as z.ZodType, value);
  if (schema instanceof z.ZodArray && Array.isArray(value)) {
    return value.map((entry) => pruneTo(schema.element as z.ZodType, entry));
  }
  if (!(schema instanceof z.ZodObject) || !isRecord(value)) return value;
  const shape = schema.shape as Record<string, z.ZodType>;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, entry]) => key in shape && entry !== undefined)
      .map(([key, entry]) => [key, pruneTo(shape[key] as z.ZodType, entry)]),
  );
}

/** Leaves out what is `undefined`. */
export function defined(values: Properties): Properties {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
