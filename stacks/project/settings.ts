import { z } from "zod";
import { ConfigurationError } from "../../components/errors";
import { databaseSettings } from "../self-hosted/settings";
import { readSettings, strict, text } from "../settings";
import { FUNCTION_SECRETS, SYNCABLE_SECRETS } from "./inventory";

/** The setting that describes project's surroundings. */
export const PROJECT = "rekey:project";

/** Where secrets can be kept beside the cluster; `env` keeps them nowhere else. */
export const BACKENDS = ["aws", "vault", "env"] as const;
/** See {@link BACKENDS}. */
export type Backend = (typeof BACKENDS)[number];

/** The jobs of project, by their names in the cluster. */
export const JOBS = ["backup", "monitoring"] as const;
/** See {@link JOBS}. */
export type Job = (typeof JOBS)[number];

/** The workloads of project, by their names in the cluster. */
export const WORKLOADS = ["backend", "agents", "search"] as const;
/** See {@link WORKLOADS}. */
export type Workload = (typeof WORKLOADS)[number];

const NAMES = "project/prod";
const aws = strict({
  prefix: text.default(NAMES),
  region: text.default("us-east-1"),
  kmsKeyArn: text.optional(),
  recoveryWindowInDays: z.number().int().min(0).max(30).optional(),
  /** Regions with a copy of every secret, each under a key of its own region where one is named. */
  replicas: z.array(strict({ region: text, kmsKeyId: text.optional() })).optional(),
  /** A policy on every secret itself, as JSON text; what it denies is denied to roles of every account. */
  resourcePolicy: text.refine(isPolicy, "the JSON text of a policy with a Statement").optional(),
  /** IAM roles that exist already; each reads exactly what its workload or job uses. */
  roles: strict({
    backend: text.optional(),
    agents: text.optional(),
    backup: text.optional(),
    monitoring: text.optional(),
  }).default({}),
  /** Twelve digits; needed for a rotation function, which only this account's Secrets Manager may call. */
  accountId: z
    .string()
    .regex(/^\d{12}$/, { error: "twelve digits" })
    .optional(),
  /** Secrets that a rotation function rotates every 90 days; the cluster itself keeps an object of each in step with the store. */
  rotatedByFunction: z
    .array(z.enum(FUNCTION_SECRETS, { error: `a list of ${FUNCTION_SECRETS.join(", ")}` }))
    .default([]),
  /** Secrets whose object in the cluster is not the program's: the cluster itself keeps it in step with AWS, so that the program need not see the value. */
  syncedByCluster: z
    .array(z.enum(SYNCABLE_SECRETS, { error: `a list of ${SYNCABLE_SECRETS.join(", ")}` }))
    .default([]),
  /** The network that the function runs in, for an address that is not reachable from elsewhere. */
  functionNetwork: strict({
    subnetIds: z.array(text).min(1),
    securityGroupIds: z.array(text).min(1),
  }).optional(),
  /** Where such a token is accepted, by its name: it comes into use only after that. */
  acceptedAt: z
    .partialRecord(
      z.enum(FUNCTION_SECRETS),
      strict({ url: z.url(), asks: z.number().int().min(1).max(1000).optional() }),
      { error: `an object by ${FUNCTION_SECRETS.join(", ")}` },
    )
    .default({}),
});
const vault = strict({
  mount: text.default("secret"),
  prefix: text.default(NAMES),
  /** One path with all secrets besides, for readers that were there before; whoever reads one of them there reads them all. */
  sharedPath: text.optional(),
  roles: z.enum(["approle", "kubernetes", "none"]).default("none"),
});
/** Five fields of cron, in UTC. */
const schedule = z.string().regex(/^\S+( \S+){4}$/, "five fields of cron, such as 0 2 * * *");
const kubernetes = strict({
  namespace: text.default("project"),
  backendImage: text,
  agentsImage: text,
  searchImage: text,
  /** Jobs that log in to the database by the clock; one without an image is not declared. */
  backupImage: text.optional(),
  backupSchedule: schedule.default("0 2 * * *"),
  monitoringImage: text.optional(),
  monitoringSchedule: schedule.default("*/5 * * * *"),
  searchSize: text.default("10Gi"),
  exposed: z.array(z.enum(WORKLOADS)).default(["backend"]),
  deadlineSeconds: z.number().int().min(1).max(3600).default(120),
});

const shape = strict({
  backends: z.array(z.enum(BACKENDS)).min(1),
  /** In dev, the env file that the backend `env` writes for a developer's own machine; none unless set. */
  envFile: text.optional(),
  aws: aws.prefault({}),
  vault: vault.prefault({}),
  kubernetes,
  database: databaseSettings,
  openrouterUrl: z.url().default("https://openrouter.ai"),
  googleOauthUrl: z.url().default("https://oauth2.googleapis.com"),
});

/** Where project runs and where its secrets are kept. Described key by key in Pulumi.yaml. */
export type ProjectSettings = z.output<typeof shape>;

/**
 * Reads `rekey:project`; see {@link readSettings} for what it refuses.
 *
 * @throws ConfigurationError for `env` in prod too, where a store must keep the values, and for an env file outside dev.
 */
export function readProjectSettings(raw: unknown, environment: string): ProjectSettings {
  const settings = readSettings(PROJECT, shape, raw);
  const twin = settings.backends.find((name, at) => settings.backends.indexOf(name) !== at);
  if (twin !== undefined)
    throw refused(`names ${twin} twice`, "each of aws, vault and env once", `remove one ${twin}`);
  if (settings.backends.includes("env") && environment === "prod")
    throw refused(
      "names env in the environment prod",
      "aws, vault or both: in prod a store keeps the values, with its history and its audit log",
      `pulumi config set --path '${PROJECT}.backends[0]' aws`,
    );
  requireDeveloper(settings, environment);
  requireOneRotator(settings);
  requireSource(settings);
  return settings;
}

/** A value on a developer's machine has no history and no audit log, so only values of dev may lie there. */
function requireDeveloper({ envFile, backends }: ProjectSettings, environment: string) {
  if (envFile === undefined || (environment === "dev" && backends.includes("env"))) return;
  throw new ConfigurationError({
    path: `${PROJECT}.envFile`,
    problem:
      environment === "dev"
        ? "names a file, and no backend writes one"
        : `names a file in the environment ${environment}`,
    allowed: "an env file in dev only, where `backends` has env",
    fix:
      environment === "dev"
        ? `add env to ${PROJECT}.backends, or remove ${PROJECT}.envFile from Pulumi.<stack>.yaml`
        : `remove ${PROJECT}.envFile from Pulumi.<stack>.yaml`,
  });
}

/** What a function writes into one store reaches no other, so that store must be the only one. */
function requireOneRotator({ backends, aws }: ProjectSettings) {
  const { rotatedByFunction, accountId, acceptedAt } = aws;
  const stranger = Object.keys(acceptedAt).find((name) => !rotatedByFunction.includes(name));
  if (stranger !== undefined)
    throw new ConfigurationError({
      path: `${PROJECT}.aws.acceptedAt.${stranger}`,
      problem: "says where a token is accepted that no function rotates",
      allowed: `the secrets of ${PROJECT}.aws.rotatedByFunction`,
      fix: `remove it, or add ${stranger} to ${PROJECT}.aws.rotatedByFunction`,
    });
  if (rotatedByFunction.length === 0) return;
  const [, ...others] = ["aws", ...backends.filter((name) => name !== "aws")];
  if (!backends.includes("aws") || others.length > 0)
    throw refused(
      `names ${backends.join(", ")}, and a function rotates ${rotatedByFunction.join(", ")} in AWS alone`,
      "aws alone while aws.rotatedByFunction names a secret",
      `remove ${PROJECT}.aws.rotatedByFunction from Pulumi.<stack>.yaml, or every backend but aws`,
    );
  if (accountId === undefined)
    throw new ConfigurationError({
      path: `${PROJECT}.aws.accountId`,
      problem: "is missing, and a rotation function needs it",
      allowed: "the account's twelve digits",
      fix: `pulumi config set --path '${PROJECT}.aws.accountId' <account>`,
    });
}

/** The cluster can only keep in step what is in AWS. */
function requireSource({ backends, aws: { syncedByCluster } }: ProjectSettings) {
  if (syncedByCluster.length === 0 || backends.includes("aws")) return;
  throw refused(
    `names ${backends.join(", ")}, and the cluster is to get ${syncedByCluster.join(", ")} from AWS`,
    "aws among them while aws.syncedByCluster names a secret",
    `remove ${PROJECT}.aws.syncedByCluster from Pulumi.<stack>.yaml, or add aws to the backends`,
  );
}

function isPolicy(policy: string): boolean {
  try {
    return typeof (JSON.parse(policy) as { Statement?: unknown }).Statement === "object";
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return false;
    throw error;
  }
}

function refused(problem: string, allowed: string, fix: string): ConfigurationError {
  return new ConfigurationError({ path: `${PROJECT}.backends`, problem, allowed, fix });
}
