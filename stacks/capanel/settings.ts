import { z } from "zod";
import { ConfigurationError } from "../../components/errors";

/** The setting that describes capanel's surroundings. */
export const CAPANEL = "rekey:capanel";

/** An object whose message about a key that it does not know lists those that it does. */
function strict<Parts extends z.ZodRawShape>(parts: Parts) {
  const known = Object.keys(parts).join(", ");
  return z.strictObject(parts, {
    error: ({ code }) => (code === "unrecognized_keys" ? known : undefined),
  });
}

const name = z.string().min(1);
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
  port: z.number().int().min(1).max(65535).default(5432),
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
  const parsed = shape.safeParse(raw ?? {});
  if (parsed.success) return consistent(parsed.data);
  const issue = parsed.error.issues[0];
  const unknown = issue?.code === "unrecognized_keys" ? issue.keys : [];
  const path = [CAPANEL, ...(issue?.path ?? []).map(String), ...unknown.slice(0, 1)].join(".");
  throw new ConfigurationError({
    path,
    problem: unknown.length > 0 ? "is no setting of capanel" : "is missing or of the wrong kind",
    allowed: withoutPreface(issue?.message ?? "see Pulumi.yaml"),
    fix:
      unknown.length > 0
        ? "correct the name or remove it"
        : `pulumi config set --path '${path}' <value>`,
  });
}

/** zod says `Invalid input: expected string`; what is allowed starts after the colon. */
function withoutPreface(message: string): string {
  return message.replace(/^(Invalid|Too) [a-z]+: /, "");
}

/** An adopted password is not known here, so a single user could never be rolled back to it. */
function consistent(settings: CapanelSettings): CapanelSettings {
  if (settings.databaseUsers !== "single" || settings.adopt["CLOUD_SQL_PASSWORD"] === undefined)
    return settings;
  throw new ConfigurationError({
    path: `${CAPANEL}.databaseUsers`,
    problem: "is single, and CLOUD_SQL_PASSWORD is adopted",
    allowed: "alternating with an adopted user",
    fix: `pulumi config set --path '${CAPANEL}.databaseUsers' alternating`,
  });
}
