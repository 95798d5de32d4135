/**
 * JSON bodies as Google's front ends check them: unknown names, wrong kinds and missing values are 400 INVALID_ARGUMENT with
 * the path of the field. Messages hold names and kinds, never a value, because a value may be a secret.
 */
import { z } from "zod";

import { type ErrorDetail, invalid } from "./errors";

/** A 64-bit integer of proto3 JSON: a string of digits or a number; always a string after parsing. */
export const int64 = z
  .union([z.string().regex(/^-?\d+$/), z.number().int()])
  .transform((value) => String(value));

/** A `google.protobuf.Duration`, for instance `3600s` or `0.5s`. */
export const duration = z.string().regex(/^-?\d+(\.\d{1,9})?s$/);

/** A `google.protobuf.Timestamp`: RFC 3339 in UTC or with an offset. */
export const timestamp = z.iso.datetime({ offset: true });

/** String map, such as labels and annotations. */
export const stringMap = z.record(z.string(), z.string());

/** Strict IAM policy, as `setIamPolicy` takes it. */
export const policyBody = z.strictObject({
  version: z.number().int().optional(),
  etag: z.string().optional(),
  bindings: z
    .array(
      z.strictObject({
        role: z.string(),
        members: z.array(z.string()).default([]),
        condition: z
          .strictObject({
            title: z.string().optional(),
            description: z.string().optional(),
            expression: z.string(),
            location: z.string().optional(),
          })
          .optional(),
      }),
    )
    .default([]),
  auditConfigs: z.array(z.unknown()).optional(),
});

/** Parses and checks a body; throws 400 INVALID_ARGUMENT. Without a schema only an empty text or `{}` passes. */
export function parseBody(schema: z.ZodType | undefined, text: string): unknown {
  const json = readJson(text);
  const result = (schema ?? z.strictObject({})).safeParse(json);
  if (result.success) return schema ? result.data : undefined;
  const violations = result.error.issues.flatMap(describe);
  const detail: ErrorDetail = {
    "@type": "type.googleapis.com/google.rpc.BadRequest",
    fieldViolations: violations,
  };
  throw invalid(violations.map((v) => v.description).join("\n"), [detail]);
}

function readJson(text: string): unknown {
  if (text.trim() === "") return {};
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message quotes the text, which may hold a secret.
    throw invalid("Invalid JSON payload received. Parsing terminated before end of input.");
  }
}

function describe(issue: z.core.$ZodIssue): { field?: string; description: string }[] {
  const field = pathOf(issue.path);
  const at = field === "" ? "" : ` at '${field}'`;
  const place = field === "" ? {} : { field };
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({
      ...place,
      description: `Invalid JSON payload received. Unknown name "${key}"${at}: Cannot find field.`,
    }));
  }
  if (issue.code === "invalid_type") {
    return [{ ...place, description: `Invalid value${at} (expected ${issue.expected}).` }];
  }
  return [{ ...place, description: `Invalid value${at}: ${issue.code}.` }];
}

function pathOf(path: readonly PropertyKey[]): string {
  return path
    .map((part, i) =>
      typeof part === "number" ? `[${part}]` : `${i === 0 ? "" : "."}${snake(String(part))}`,
    )
    .join("");
}

/** Google names fields in errors by their proto name. */
function snake(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
