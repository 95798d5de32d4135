import { z } from "zod";
import { databaseSettings, hostSettings } from "../self-hosted/settings";
import { readSettings, strict } from "../settings";

/** The setting that describes mgmt-vibe's surroundings. */
export const MGMT_VIBE = "rekey:mgmt-vibe";

const shape = strict({
  url: z.url(),
  host: hostSettings,
  database: databaseSettings,
  stripeUrl: z.url().default("https://api.stripe.com"),
  openaiUrl: z.url().default("https://api.openai.com"),
});

/** Where mgmt-vibe runs. Described key by key in Pulumi.yaml. */
export type MgmtVibeSettings = z.output<typeof shape>;

/** Reads `rekey:mgmt-vibe`; see {@link readSettings} for what it refuses. */
export function readMgmtVibeSettings(raw: unknown): MgmtVibeSettings {
  return readSettings(MGMT_VIBE, shape, raw);
}
