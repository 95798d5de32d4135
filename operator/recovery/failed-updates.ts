import type { Stack } from "@pulumi/pulumi/automation";

/** A stretch of time. */
export interface Span {
  readonly from: Date;
  readonly to: Date;
}

/** How far a cloud's clock may be off this machine's, and how long a provider may finish a call after its engine. */
const TOLERANCE_MS = 5 * 60_000;
/** How many updates are looked through. */
const UPDATES = 50;

/**
 * When the updates of a stack ran that failed since the last one that went through, newest first, each with five minutes before and after:
 * clouds have clocks of their own. Empty where the last update went through, or there was none yet. One whose end is not known lasts until now.
 */
export async function failedUpdates(stack: Stack): Promise<Span[]> {
  const history = await stack.history(UPDATES, 1, false);
  const updates = history.filter(({ kind }) => kind === "update");
  const through = updates.findIndex(({ result }) => result === "succeeded");
  const failed = through < 0 ? updates : updates.slice(0, through);
  return failed.map(({ startTime, endTime, result }) => ({
    from: new Date(new Date(startTime).getTime() - TOLERANCE_MS),
    to: new Date((result === "in-progress" ? Date.now() : endTime.getTime()) + TOLERANCE_MS),
  }));
}
