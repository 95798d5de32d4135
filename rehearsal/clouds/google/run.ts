/**
 * Cloud Run v2 over REST, the fake's part: revisions and job executions are real processes of this machine. A revision whose secrets cannot
 * be read or whose start-up probe fails never gets traffic; otherwise the old and the new one serve side by side for a while, then the new
 * one alone, and no request is lost. Plug in with `services: [(ctx) => runRoutes(ctx, options)]`.
 */
import type { CloudContext } from "./context";
import type { Route } from "./router";
import { JobApi } from "./run-job-api";
import { runSettings, type RunOptions } from "./run-options";
import { ServiceApi } from "./run-service-api";

export type { ImageSpec, RunOptions } from "./run-options";

/** Routes of Cloud Run; its processes end with the server, or with this process, however that ends. */
export function runRoutes(ctx: CloudContext, options: RunOptions = {}): Route[] {
  const settings = runSettings(options);
  const ending = new AbortController();
  const owner = { ctx, settings, aborted: ending.signal };
  const services = new ServiceApi(owner);
  const jobs = new JobApi(owner);
  ctx.onStop(async () => {
    ending.abort();
    await Promise.all([services.stop(), jobs.stop()]);
  });
  return [...services.routes(), ...jobs.routes()];
}
