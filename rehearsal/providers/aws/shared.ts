import { z } from "zod";
import { type Context, type Live, PartialFailure } from "../protocol/resource";
import { isRecord, type Properties } from "../protocol/values";
import type { Aws } from "./config";

/** Optional text. */
export const text = z.string().optional();

/** Optional map of texts, as tags are. */
export const tags = z.record(z.string(), z.string()).optional();

/** A policy document, as JSON text. */
export const policyText = z.string().refine(isJsonObject, { message: "must be a JSON object" });

/** The context of a resource of this provider. */
export type AwsContext = Context<Aws>;

/**
 * What a creation answers once the thing is there. Where it cannot be read any more, the state gets it all the same, without what only a
 * reading tells: Terraform's provider sets the id first, and Pulumi's bridge records what has one.
 */
export async function madeThenRead(id: string, read: () => Promise<Properties>): Promise<Live> {
  try {
    return { id, outputs: await read() };
  } catch (failure) {
    throw new PartialFailure((failure as Error).message, { id, outputs: {} });
  }
}

/** Which call failed, for messages: `Secrets Manager PutSecretValue on project/prod/JWT_SECRET`. */
export interface CallSite {
  readonly service: "Secrets Manager" | "ECS" | "IAM" | "KMS" | "Lambda";
  readonly action: string;
  /** What it was about: a secret's name or ARN, a role's name. */
  readonly target: string;
}

/** A call to AWS failed. The message names service, action and target and AWS's own reason; no cause, since SDK errors carry requests. */
export class AwsCallError extends Error {
  /** AWS's name for it, such as `ResourceNotFoundException`. */
  readonly reason: string;

  constructor({ service, action, target }: CallSite, failure: unknown) {
    const { name, message, $metadata } = failure as Error & {
      $metadata?: { httpStatusCode?: number };
    };
    const status = $metadata?.httpStatusCode;
    super(
      `${service} ${action} on ${target}: ${[name, status].filter(Boolean).join(" ")}: ${message}`,
    );
    this.name = "AwsCallError";
    this.reason = name;
  }
}

/** Runs one call; its failure names the call. */
export async function calling<T>(
  service: CallSite["service"],
  action: string,
  target: string,
  call: () => Promise<T>,
): Promise<T> {
  try {
    return await call();
  } catch (failure) {
    throw new AwsCallError({ service, action, target }, failure);
  }
}

const GONE = /^(ResourceNotFoundException|NoSuchEntity(Exception)?|NotFoundException)$/;

/** True when AWS says that the thing does not exist. */
export function isGone(error: unknown): boolean {
  return error instanceof AwsCallError && GONE.test(error.reason);
}

/** Runs a look-up; `undefined` when the thing does not exist. */
export async function finding<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

/** Runs a deletion; that the thing is gone already is fine. */
export async function deleting(work: () => Promise<unknown>): Promise<void> {
  await finding(work);
}

/** AWS's list of tags from the program's map. */
export function toTags(given: unknown): { Key: string; Value: string }[] {
  return Object.entries((given ?? {}) as Record<string, string>).map(([Key, Value]) => ({
    Key,
    Value,
  }));
}

/** The program's map from AWS's list; nothing where there are none. */
export function fromTags(
  live: readonly { Key?: string | undefined; Value?: string | undefined }[] | undefined,
): Record<string, string> | undefined {
  const entries = (live ?? []).map(({ Key = "", Value = "" }) => [Key, Value] as const);
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

/** The tags to set and the keys to take away, so that only what changed is written. */
export function tagChanges(old: unknown, wanted: unknown) {
  const [before, after] = [(old ?? {}) as Properties, (wanted ?? {}) as Properties];
  return {
    set: toTags(Object.fromEntries(Object.entries(after).filter(([k, v]) => before[k] !== v))),
    removed: Object.keys(before).filter((key) => !(key in after)),
  };
}

/** True when an input changed between two states. */
export function changed(old: Properties, wanted: Properties, input: string): boolean {
  return canonical(old[input]) !== canonical(wanted[input]);
}

/** A policy's text in one form, so that spacing and the order of keys are no change. */
export function canonicalPolicy(given: unknown): unknown {
  return typeof given === "string" && isJsonObject(given) ? canonical(JSON.parse(given)) : given;
}

function canonical(value: unknown): string {
  return JSON.stringify(sortKeys(value)) ?? "";
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (!isRecord(value)) return value;
  const keys = Object.keys(value).sort();
  return Object.fromEntries(keys.map((key) => [key, sortKeys(value[key])]));
}

function isJsonObject(given: string): boolean {
  try {
    return isRecord(JSON.parse(given));
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

/** Leaves out what is `undefined`. */
export function defined(values: Properties): Properties {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

/** An import's id split at its separator; the message says the form. */
export function splitId(id: string, token: string, separator: string, form: string): string[] {
  const at = id.indexOf(separator);
  if (at <= 0 || at === id.length - separator.length)
    throw new Error(`"${id}" is no id of a ${token} to import; allowed: "${form}"`);
  return [id.slice(0, at), id.slice(at + separator.length)];
}
