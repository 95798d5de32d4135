import * as z from "zod";
import { printable } from "./message";
import { Path } from "./leaves";
import { dayOf } from "./days";

const SHORTEST_REASON = 10;
/** Characters of a resource's name that a pattern must have, unless it has no wildcard. */
const SHORTEST_NAME = 3;
/** How many days after the day of the check a suppression may end at most. */
const LONGEST_DAYS = 366;
const DAY_MS = 24 * 60 * 60 * 1000;

/** A finding that was looked at and is accepted until a day. */
export const suppression = z.strictObject({
  urn: z
    .string()
    .refine(namesResources, {
      error: `names no resource: allowed is a URN or its end after a \`::\` with the type in full or ${SHORTEST_NAME} characters of the name, for example gcp:cloudrunv2/service:Service::api`,
    })
    .describe(
      "The resource's URN, or its end after a `::`; `*` stands for any part of it, but not for the whole.",
    ),
  path: z
    .string()
    .default("*")
    .describe(
      "The property as the message prints it, `template.containers[0].envs[1].value`; `*` stands for any part of it.",
    ),
  reason: z.string().min(SHORTEST_REASON).describe("Why this is accepted, for the reviewer."),
  expires: z
    .string()
    .describe(
      `The last day on which it holds, 'YYYY-MM-DD'; at most ${LONGEST_DAYS} days after the day of the check.`,
    ),
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

/** True for a pattern that stands for some resources and not for all: it has a name, a part of one, or a type in full. */
function namesResources(pattern: string): boolean {
  const segments = pattern.split("::");
  const name = segments.at(-1) ?? "";
  const type = segments.at(-2) ?? "";
  // A URN from its beginning says nothing as long as its wildcards swallow type and name.
  if (pattern.startsWith("urn:") && segments.length < 4) return false;
  const bare = name.replaceAll("*", "");
  if (bare === name ? name !== "" : bare.length >= SHORTEST_NAME) return true;
  return type.includes(":") && !type.includes("*");
}

/**
 * What is wrong with the last day of a suppression, as a sentence's end; undefined when nothing is.
 *
 * @param at the day of the check; without it only the form is looked at.
 */
export function expiryProblem(expires: string, at: string | undefined): string | undefined {
  const end = dayOf(expires);
  if (end === undefined) return "has no RFC 3339 date as `expires`";
  const today = at === undefined ? undefined : dayOf(at);
  return today !== undefined && end - today > LONGEST_DAYS * DAY_MS
    ? `ends more than ${LONGEST_DAYS} days after the day of the check`
    : undefined;
}

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
    const problem = expiryProblem(expires, at);
    if (problem !== undefined) note = `its suppression ${problem}`;
    else if (today === undefined) {
      undated.set(`${rule} ${urn} ${printable(path)}`, { rule, urn, expires });
      return { suppressed: true };
    } else if (dayOf(expires)! < today) note = "its suppression has expired";
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
