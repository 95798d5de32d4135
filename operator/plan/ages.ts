import type { SecretDeclaration } from "../../components/inventory";
import { periodOf } from "../../components/periods";
import { RotationRecord, activeGeneration, liveGenerations } from "../../components/rotation";
import { RekeyError } from "../errors";
import { graceEndOf } from "../grace";
import type { Level, RuleId } from "./rules";

const DAY_MS = 24 * 60 * 60 * 1000;

/** A finding on a record's age. */
export interface AgeFinding {
  readonly rule: RuleId;
  /** Where it differs from the rule's own. */
  readonly level?: Level;
  readonly at: string;
  readonly message: string;
  readonly remedy: string;
}

/**
 * Reads `--date`: a day of the calendar, UTC. A plan reads no clock; whoever asks says what day it is.
 *
 * @throws RekeyError (exit 2) for anything else.
 */
export function readDate(text: string): string {
  const parsed = /^\d{4}-\d\d-\d\d$/.test(text) ? new Date(`${text}T00:00:00Z`) : undefined;
  if (
    parsed === undefined ||
    Number.isNaN(parsed.getTime()) ||
    parsed.toISOString().slice(0, 10) !== text
  )
    throw RekeyError.usage({
      message: "the date is no day of the calendar",
      path: "--date",
      allowed: "a day such as 2026-01-31, UTC",
      fix: "in a shell: --date $(date -u +%F)",
    });
  return text;
}

/** Whole days from a time to a day, both UTC; negative where the time is later. */
export function daysUntil(at: string, date: string): number {
  return Math.round((dayOf(date) - dayOf(at)) / DAY_MS);
}

function dayOf(time: string): number {
  return Date.parse(`${time.slice(0, 10)}T00:00:00Z`);
}

/** What a record's times say on a day. Dev's secrets are for tests: an overdue one is a warning there. */
export function judgeAge(
  secret: SecretDeclaration,
  record: RotationRecord,
  environment: string,
  date: string,
): AgeFinding[] {
  return [...ageOf(secret, record, environment, date), ...graceOf(secret, record, date)];
}

function ageOf(
  secret: SecretDeclaration,
  record: RotationRecord,
  environment: string,
  date: string,
): AgeFinding[] {
  const { name } = secret;
  const period = periodOf(secret, environment);
  const generation = activeGeneration(record);
  if (record.at === undefined)
    return [
      {
        rule: "age-unknown",
        at: "",
        message: `${name}: the record does not say since when generation ${generation} is active; ${period} days are allowed`,
        remedy: `set \`at\` in the record, or \`rekey rotate ${name}\``,
      },
    ];
  const age = daysUntil(record.at, date);
  if (age < 0)
    return [
      {
        rule: "at-in-future",
        at: "at",
        message: `${name}: the record says ${record.at}, which is after ${date}`,
        remedy: "correct `at`, or give the right `--date`",
      },
    ];
  if (age <= period) return [];
  return [
    {
      rule: "overdue",
      ...(environment === "dev" ? { level: "warning" as const } : {}),
      at: "at",
      message: `${name}: generation ${generation} is active for ${age} days; a ${secret.class} in ${environment} may be for ${period}`,
      remedy: `\`rekey rotate ${name}\``,
    },
  ];
}

function graceOf(secret: SecretDeclaration, record: RotationRecord, date: string): AgeFinding[] {
  const { name } = secret;
  const grace = liveGenerations(record).filter(({ state }) => state === "grace");
  const graceEnds = graceEndOf(secret, record);
  if (graceEnds === undefined || daysUntil(graceEnds, date) <= 0) return [];
  return [
    {
      rule: "grace-over",
      at: "graceEnds",
      message: `${name}: the grace of generation ${grace.map(({ generation }) => generation).join(", ")} ended on ${graceEnds}`,
      remedy: `\`rekey retire ${name}\``,
    },
  ];
}
