import { RekeyError } from "./errors";
import { Said } from "./moves";

/** What the command line says about a move. */
export interface SaidOptions {
  readonly reason?: string | undefined;
  readonly graceEnds?: string | undefined;
}

const LONGEST = 500;
const UTC = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;

/**
 * The note of a move made now. This is the only clock of a rotation: programs read none.
 *
 * @throws RekeyError (exit 2) for a text that a record does not hold, or a grace that is over before it begins.
 */
export function saidOf({ reason, graceEnds }: SaidOptions, by: string, now: Date): Said {
  checkText("--by", by);
  if (reason !== undefined) checkText("--reason", reason);
  if (graceEnds !== undefined && !(UTC.test(graceEnds) && Date.parse(graceEnds) > now.getTime()))
    throw RekeyError.usage({
      message: "the end of the grace is no time in UTC, or is over already",
      path: "--grace-ends",
      allowed: "a time to come, in UTC and to the second, such as 2026-01-31T12:00:00Z",
      fix: "correct --grace-ends, or leave it out: the grace then ends with `rekey retire`",
    });
  return {
    at: utcSeconds(now),
    ...(reason === undefined ? {} : { reason }),
    by,
    ...(graceEnds === undefined ? {} : { graceEnds }),
  };
}

/** A time as a record holds it. */
export function utcSeconds(time: Date): string {
  return time.toISOString().replace(/\.\d+Z$/, "Z");
}

function checkText(option: string, text: string): void {
  const fits = text.trim() !== "" && text.length <= LONGEST && !/[\p{Cc}\p{Surrogate}]/u.test(text);
  if (!fits)
    throw RekeyError.usage({
      message: `the text of ${option} is empty, too long or of several lines`,
      path: option,
      allowed: `one line of 1 to ${LONGEST} characters`,
      fix: `shorten the text of ${option}; what needs more room belongs in the commit's message`,
    });
}
