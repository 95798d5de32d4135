/**
 * IAM conditions on time, the only ones the fake evaluates: `request.time < timestamp("2030-01-01T00:00:00Z")`, with `<`, `<=`,
 * `>` or `>=`, joined by `&&`. They end a grace by themselves, whatever happens to the machine that runs updates.
 */
import { invalid } from "./errors";

const TERM = /^request\.time\s*(<=|>=|<|>)\s*timestamp\((["'])([^"']+)\2\)$/;

/** True when the condition holds at `now` (milliseconds, default: the clock). Throws 400 for an expression it cannot evaluate. */
export function conditionHolds(expression: string, now = Date.now()): boolean {
  return expression.split("&&").every((term) => {
    const found = TERM.exec(term.trim());
    const at = Date.parse(found?.[3] ?? "");
    if (!found || Number.isNaN(at)) {
      throw invalid(
        'the fake of Google Cloud evaluates conditions of the form request.time < timestamp("<RFC 3339>") only',
      );
    }
    if (found[1] === "<") return now < at;
    if (found[1] === "<=") return now <= at;
    return found[1] === ">" ? now > at : now >= at;
  });
}
