import { type CallSite, GoogleApiError } from "./errors";
import type { Transport } from "./transport";

/**
 * Polls until `done` accepts what `fetch` returns, with the client's interval and deadline. Throws
 * {@link GoogleApiError} with reason `DEADLINE_EXCEEDED` when the time is over; the operation itself
 * then still runs on Google's side.
 */
export async function poll<T>(
  transport: Transport,
  site: CallSite,
  first: T,
  fetch: () => Promise<T>,
  done: (value: T) => boolean,
): Promise<T> {
  const { operationTimeout, pollInterval } = transport.patience;
  const deadline = Date.now() + operationTimeout;
  let current = first;
  // The first polls come quickly, since most operations on users and policies take well under a second.
  let interval = Math.min(50, pollInterval);
  while (!done(current)) {
    if (Date.now() >= deadline) {
      const waited = `not finished after ${operationTimeout} ms; it may still finish by itself`;
      throw new GoogleApiError(site, 0, "DEADLINE_EXCEEDED", waited);
    }
    await transport.pause(interval, site);
    interval = Math.min(interval * 2, pollInterval);
    current = await fetch();
  }
  return current;
}

/** Collects every page of a list call. */
export async function allPages<T>(
  page: (token: string | undefined) => Promise<{ items: T[]; next: string | undefined }>,
): Promise<T[]> {
  const result: T[] = [];
  for (let token: string | undefined; ;) {
    const { items, next } = await page(token);
    result.push(...items);
    if (!next) return result;
    token = next;
  }
}
