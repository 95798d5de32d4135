import { z } from "zod";
import { printable } from "./message";
import { Path } from "./leaves";
import { dayOf } from "./days";

const SHORTEST_REASON = 10;

/** A finding that was looked at and is accepted until a day. */
export const suppression = z.object({
  urn: z
    .string()
    .min(3)
    .describe("The resource's URN, or its end after a `::`; `*` stands for any part of it."),
  path: z
    .string()
    .default("*")
    .describe(
      "The property as the message prints it, `template.containers[0].envs[1].value`; `*` stands for any part of it.",
    ),
  reason: z.string().min(SHORTEST_REASON).describe("Why this is accepted, for the reviewer."),
  expires: z.string().describe("The day on which it ends, 'YYYY-MM-DD'."),
});
/** A finding that was looked at and is accepted until a day. */
export type Suppression = z.infer<typeof suppression>;

/** Settings that every rule has. */
export const commonSettings = z.object({
  suppressions: z
    .array(suppression)
    .default([])
    .describe("Findings of this rule that are accepted, each with a reason and a last day."),
  at: z
    .string()
    .optional()
    .describe(
      "The day of the check, 'YYYY-MM-DD', as CI gives it; without it nothing counts as expired. No clock is read.",
    ),
});
/** Settings that every rule has. */
export type CommonSettings = z.infer<typeof commonSettings>;

/** A suppression that held back a finding although nobody said which day it is. */
export interface Applied {
  readonly rule: string;
  readonly urn: string;
  readonly expires: string;
}

const undated = new Map<string, Applied>();

/** The suppressions that held back a finding in this run without a day to check them against. */
export function appliedWithoutDate(urn: string): Applied[] {
  return [...undated.values()].filter((one) => one.urn === urn);
}

/** What a finding is when suppressions are looked at: suppressed, or reported, in the words to add. */
export function judged(
  rule: string,
  urn: string,
  path: Path,
  { suppressions, at }: CommonSettings,
): { suppressed: boolean; note?: string } {
  const fitting = suppressions.filter(
    (one) => matches(one.urn, urn, "::") && matches(one.path, printable(path), ""),
  );
  const today = at === undefined ? undefined : dayOf(at);
  if (at !== undefined && today === undefined && suppressions.length > 0)
    return {
      suppressed: false,
      note: "`at` in this policy's configuration is no RFC 3339 date, so no suppression counts",
    };
  let note: string | undefined;
  for (const { expires } of fitting) {
    const end = dayOf(expires);
    if (end === undefined) note = "its suppression has no RFC 3339 date as `expires`";
    else if (today === undefined) {
      undated.set(`${rule} ${urn} ${printable(path)}`, { rule, urn, expires });
      return { suppressed: true };
    } else if (end < today) note = "its suppression has expired";
    else return { suppressed: true };
  }
  return note === undefined ? { suppressed: false } : { suppressed: false, note };
}

function matches(pattern: string, text: string, boundary: string): boolean {
  const source = pattern
    .split("*")
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"))
    .join(".*");
  const before = boundary === "" ? "" : `(?:.*${boundary})?`;
  return new RegExp(`^${before}${source}$`, "s").test(text);
}
