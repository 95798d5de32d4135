/** Compose files as the fake docker reads them: a strict part of the specification, with what it means for a process. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { interpolate, readEnvFile, type Variables } from "./env-file";

const seconds = z.string().regex(/^\d+s$/, 'whole seconds such as "2s"');
const list = z.array(z.string());
const scalar = z.union([z.string(), z.number(), z.boolean()]).transform(String);

const service = z.strictObject({
  image: z.string(),
  command: list.optional(),
  environment: z.union([z.record(z.string(), scalar), list]).optional(),
  env_file: z.union([z.string(), list]).optional(),
  healthcheck: z
    .strictObject({
      // Only a question to the service itself can be answered for a process that runs in no container.
      test: z.union([
        z.tuple([z.literal("CMD"), z.literal("curl"), z.literal("-f"), z.url()]),
        z.tuple([z.literal("CMD"), z.literal("wget"), z.literal("-qO-"), z.url()]),
      ]),
      interval: seconds.optional(),
      timeout: seconds.optional(),
      retries: z.number().int().min(1).optional(),
      start_period: seconds.optional(),
    })
    .optional(),
  labels: z.record(z.string(), scalar).optional(),
  restart: z.enum(["no", "unless-stopped"]).optional(),
  profiles: list.optional(),
});

const composeFile = z.strictObject({
  name: z.string().optional(),
  services: z.record(z.string(), service),
});

/** One service, its variables worked out. */
export interface ComposeService {
  readonly name: string;
  readonly image: string;
  readonly command: readonly string[];
  readonly env: Variables;
  /** The path that answers 200 to 399 once it is healthy; absent: it is healthy once it listens. */
  readonly healthPath: string | undefined;
  /** The application that the edge proxy gives requests of, by the label `traefik.http.services.<app>.loadbalancer.server.port`. */
  readonly app: string | undefined;
  readonly restarts: boolean;
  /** Changes with anything above: compose recreates a service when it does. */
  readonly hash: string;
}

/**
 * Reads the services of a compose file that are up for a command: those without `profiles`, and whatever stands in `named`, as a name on
 * the command line enables it. Of the others not even the env file need exist. `envFile` is for `${NAME}` in the file itself and reaches no service by itself, as with the real
 * `--env-file`. Throws, naming the place and never a value.
 */
export async function readComposeFile(
  path: string,
  envFile: string | undefined,
  named: readonly string[],
): Promise<ReadonlyMap<string, ComposeService>> {
  const variables = envFile === undefined ? {} : await readEnvFile(envFile);
  const text = parse(await readFile(path, "utf8")) as unknown;
  const read = composeFile.safeParse(interpolated(text, variables));
  if (!read.success) {
    const [issue] = read.error.issues;
    throw new Error(`${path}: ${issue?.path.join(".") ?? ""}: ${issue?.message ?? "invalid"}`);
  }
  const enabled = Object.entries(read.data.services).filter(
    ([name, { profiles = [] }]) => profiles.length === 0 || named.includes(name),
  );
  const services = enabled.map(async ([name, declared]) => {
    const worked = await workOut(name, declared, dirname(path));
    return [name, worked] as const;
  });
  return new Map(await Promise.all(services));
}

function interpolated(value: unknown, variables: Variables): unknown {
  if (typeof value === "string") return interpolate(value, variables);
  if (Array.isArray(value)) return value.map((entry) => interpolated(entry, variables));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => [key, interpolated(entry, variables)]),
  );
}

async function workOut(
  name: string,
  declared: z.output<typeof service>,
  folder: string,
): Promise<ComposeService> {
  const {
    image,
    command = [],
    env_file = [],
    environment = {},
    healthcheck,
    labels = {},
  } = declared;
  const files = await Promise.all(
    [env_file].flat().map((file) => readEnvFile(resolve(folder, file))),
  );
  const own = Array.isArray(environment) ? Object.fromEntries(environment.map(pair)) : environment;
  const worked = {
    name,
    image,
    command,
    env: Object.assign({}, ...files, own) as Variables,
    healthPath: healthcheck && new URL(healthcheck.test[3]).pathname,
    app: appOf(labels),
    restarts: declared.restart === "unless-stopped",
  };
  return { ...worked, hash: createHash("sha256").update(JSON.stringify(worked)).digest("hex") };
}

function pair(entry: string): [string, string] {
  const at = entry.indexOf("=");
  if (at < 0) throw new Error("environment: a variable without a value is not known here");
  return [entry.slice(0, at), entry.slice(at + 1)];
}

function appOf(labels: Readonly<Record<string, string>>): string | undefined {
  return Object.keys(labels)
    .map(
      (label) => /^traefik\.http\.services\.([^.]+)\.loadbalancer\.server\.port$/.exec(label)?.[1],
    )
    .find((app) => app !== undefined);
}
