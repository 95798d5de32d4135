import { z } from "zod";
import { databaseSettings, hostSettings } from "../self-hosted/settings";
import { readSettings, strict, text } from "../settings";

/** The setting that describes proxpanel's surroundings. */
export const PROXPANEL = "rekey:proxpanel";

const algorithm = z.enum(["HS256", "ES256", "RS256"]);

const shape = strict({
  url: z.url(),
  host: hostSettings,
  database: databaseSettings,
  adminUser: text,
  /** What signs access tokens; `formerly` keeps the generations that live when it changes. */
  jwt: strict({
    algorithm,
    formerly: strict({ algorithm, until: z.int().min(1) }).optional(),
  }).optional(),
  proxmoxUrl: z.url(),
  /** Where the machine keeps its backups; without it no backup's key can be retired. */
  backupFolder: z
    .string()
    .regex(/^\/[^\0\n]*$/, "a folder's absolute path")
    .optional(),
});

/** Where proxpanel runs. Described key by key in Pulumi.yaml. */
export type ProxpanelSettings = z.output<typeof shape>;

/** Reads `rekey:proxpanel`; see {@link readSettings} for what it refuses. */
export function readProxpanelSettings(raw: unknown): ProxpanelSettings {
  return readSettings(PROXPANEL, shape, raw);
}
