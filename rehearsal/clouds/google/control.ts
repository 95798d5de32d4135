/**
 * The back door of a fake that runs in a process of its own, for the owner only: read and reset the counters of writes, set fault
 * rules, get a token as a workload's metadata server gives one. Nothing of it exists at Google, hence the path.
 */
import { z } from "zod";

import type { Cloud } from "./cloud";
import { faultRule, faultsOf } from "./faults";
import type { Route } from "./router";

const rulesBody = z.strictObject({ rules: z.array(faultRule) });
const tokenBody = z.strictObject({ email: z.string() });

/** Routes below `/_fake`. */
export function controlRoutes(cloud: Cloud): Route[] {
  return [
    {
      service: "fake",
      method: "GET",
      path: "/_fake/writes",
      handler: () => ({ counts: cloud.writes.byKind(), writes: cloud.writes.list() }),
    },
    {
      service: "fake",
      method: "DELETE",
      path: "/_fake/writes",
      handler: () => cloud.writes.reset(),
    },
    {
      service: "fake",
      method: "PUT",
      path: "/_fake/faults",
      body: rulesBody,
      handler: ({ body }) => {
        Object.assign(cloud.faults, faultsOf((body as z.output<typeof rulesBody>).rules));
      },
    },
    {
      service: "fake",
      method: "POST",
      path: "/_fake/token",
      body: tokenBody,
      handler: ({ body }) => ({
        access_token: cloud.tokens.issue((body as z.output<typeof tokenBody>).email),
      }),
    },
  ];
}
