import type { Stack } from "@pulumi/pulumi/automation";

/** How far a cloud's clock may be behind this machine's. */
const SKEW_MS = 5 * 60_000;
/** How many updates are looked through. */
const UPDATES = 50;

/**
 * Since when the updates of a stack fail: the start of the first one after the last that went through, five minutes earlier, since clouds have
 * clocks of their own. Undefined where the last update went through, or there was none yet.
 */
export async function failingSince(stack: Stack): Promise<Date | undefined> {
  const history = await stack.history(UPDATES, 1, false);
  const updates = history.filter(({ kind }) => kind === "update");
  const through = updates.findIndex(({ result }) => result === "succeeded");
  const first = (through < 0 ? updates : updates.slice(0, through)).at(-1);
  return first && new Date(new Date(first.startTime).getTime() - SKEW_MS);
}
