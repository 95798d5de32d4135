import { z } from "zod";
import { ConfigurationError } from "../../components/errors";
import { replicationProblem } from "../../components/stores/google-replication";
import { port, readSettings, strict, text as name } from "../settings";

/** The setting that describes capanel's surroundings. */
export const CAPANEL = "rekey:capanel";

const adopted = strict({
  version: z.coerce
    .string()
    .regex(/^\d+$/)
    .describe("the store's version that holds the value in production"),
  user: name.optional().describe("the database user that holds it, for CLOUD_SQL_PASSWORD"),
});
type AdoptedBySecret = Readonly<Record<string, z.infer<typeof adopted> | undefined>>;
const adopt = strict({
  CLOUD_SQL_PASSWORD: adopted.optional(),
  SECRET_KEY: adopted.optional(),
  FIRST_SUPERUSER_PASSWORD: adopted.optional(),
  VITE_STRAPI_API_KEY: adopted.optional(),
});
const key = strict({
  reason: z.string().trim().min(10, "why no keyless way serves, in at least 10 characters"),
  expires: z.iso.date("a day as 'YYYY-MM-DD', in quotes"),
  generation: z.number().int().min(1).optional(),
});
const local = strict({
  envFile: name.default(".env"),
  host: name.default("127.0.0.1"),
  port: port.default(5432),
  database: name.default("capanel"),
  user: name.default("capanel"),
});

const shape = strict({
  project: name,
  region: name,
  sqlInstance: name,
  database: name.default("capanel"),
  databaseUser: name.default("capanel"),
  databaseUsers: z.enum(["alternating", "single"]).default("alternating"),
  ownerRole: name.default("capanel_owner"),
  databaseServer: name,
  cloudSqlConnection: name.optional(),
  apiImage: name,
  webImage: name,
  adminUser: name,
  ingress: z
    .enum([
      "INGRESS_TRAFFIC_ALL",
      "INGRESS_TRAFFIC_INTERNAL_ONLY",
      "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER",
    ])
    .default("INGRESS_TRAFFIC_ALL"),
  public: z.boolean().default(true),
  verify: z.enum(["http", "platform"]).default("http"),
  secretRegions: z.array(name).optional(),
  kmsKey: name.optional(),
  kmsKeys: z.record(name, name).optional(),
  adopt: adopt.default({}).transform((found): AdoptedBySecret => found),
  serviceAccountKeys: strict({ api: key.optional(), web: key.optional() }).default({}),
  local: local.optional(),
});

/** Where capanel runs and how it is named there. Described key by key in Pulumi.yaml. */
export type CapanelSettings = z.infer<typeof shape>;

/**
 * Reads `rekey:capanel`.
 *
 * @throws ConfigurationError naming the key, what is allowed and the command that sets it.
 */
export function readCapanelSettings(raw: unknown): CapanelSettings {
  return consistent(readSettings(CAPANEL, shape, raw));
}

function consistent(settings: CapanelSettings): CapanelSettings {
  const { secretRegions: regions, kmsKey, kmsKeys } = settings;
  const wrong = replicationProblem({ regions, kmsKey, kmsKeys });
  if (wrong) {
    const path = `${CAPANEL}.${wrong.path}`;
    const fix = `edit ${CAPANEL}: secretRegions, kmsKey and kmsKeys go together`;
    throw new ConfigurationError({ ...wrong, path, fix });
  }
  return withUsers(settings);
}

/** An adopted password is not known here, so a single user could never be rolled back to it. */
function withUsers(settings: CapanelSettings): CapanelSettings {
  if (settings.databaseUsers !== "single" || settings.adopt["CLOUD_SQL_PASSWORD"] === undefined)
    return settings;
  throw new ConfigurationError({
    path: `${CAPANEL}.databaseUsers`,
    problem: "is single, and CLOUD_SQL_PASSWORD is adopted",
    allowed: "alternating with an adopted user",
    fix: `pulumi config set --path '${CAPANEL}.databaseUsers' alternating`,
  });
}
