import { randomBytes } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { SecretText } from "../../../components/secret-text";
import type { GoogleClient } from "../../../operator/google";
import { googleOfSettings } from "../../../operator/google-of-stack";
import { HOME } from "../../../operator/workspace";
import { CloudOptions, Clouds, postgresEnvironment, startTogether } from "../../clouds";
import { Postgres, startPostgres } from "../../clouds/postgres";
import { StrapiSimulator, startStrapiSimulator } from "../../clouds/strapi";
import { requireFreePort, requireLoopback } from "../../guard";
import { Child, launch } from "../../processes";

/** The project, region and names that the fake cloud has. Reserved example names throughout. */
export const GOOGLE = {
  project: "example-rehearsal",
  region: "europe-west1",
  instance: "capanel-db",
  apiImage: "images.example.com/capanel/api:1.0.0",
  webImage: "images.example.com/capanel/web:1.0.0",
} as const;

/** PostgreSQL, the fake of Google Cloud, and the simulator of the system that issues API keys. */
export interface CapanelClouds extends Clouds {
  readonly strapi: StrapiSimulator;
  /** The fake of Google Cloud: where its services answer, the bearer token that it takes, and a client of it. */
  readonly google: {
    readonly url: string;
    readonly token: string;
    /** The stack's settings that lead the provider to it. */
    readonly settings: Readonly<Record<string, string | SecretText>>;
    readonly client: GoogleClient;
  };
}

/** What `rehearsal/clouds/google/main.ts` announces. */
interface Announcement {
  readonly url: string;
  readonly endpoints: { readonly provider: Readonly<Record<string, string>> };
}

const TOKEN = "gcp:accessToken";
const START_MS = 20_000;

/** Starts capanel's clouds, each on loopback only. */
export async function startCapanelClouds(options: CloudOptions): Promise<CapanelClouds> {
  await requireFreePort("--postgres-port", options.postgresPort);
  await requireFreePort("--google-port", options.googlePort);
  await mkdir(join(options.dir, "run"), { mode: 0o700 });
  return startTogether(async (parts) => {
    const postgres = await startPostgres({
      dir: join(options.dir, "postgres"),
      port: options.postgresPort ?? 0,
      log: true,
    });
    parts.add({ stop: () => postgres.remove(), keep: () => postgres.keep() });
    const strapi = await startStrapiSimulator();
    parts.add({ stop: () => strapi.stop() });
    const token = randomBytes(24).toString("base64url");
    const google = await startGoogle(options, postgres, token);
    parts.add({ stop: () => google.stop(), keep: () => google.keep() });
    const { url, endpoints } = JSON.parse(await google.announced(START_MS)) as Announcement;
    requireLoopback({ ...endpoints.provider, google: url, strapi: strapi.url });
    const settings = providerSettings(endpoints.provider);
    return {
      postgres,
      strapi,
      google: {
        url,
        token,
        settings: { ...settings, [TOKEN]: new SecretText(token) },
        client: googleOfSettings({ ...settings, [TOKEN]: token }),
      },
      kinds: [
        { name: `PostgreSQL ${postgres.version}`, kind: "real" },
        { name: "Google Cloud", kind: "fake" },
        { name: "Strapi", kind: "fake" },
      ],
      addresses: {
        "Google Cloud (fake)": url,
        "PostgreSQL (real)": `${postgres.host}:${postgres.port}`,
      },
      ending: ["Strapi (fake)"],
      environment: { GOOGLE_TOKEN: token, ...postgresEnvironment(postgres) },
      pids: [google.pid, postgres.pid],
      keep: parts.keep,
      stop: parts.stop,
    };
  });
}

function providerSettings(endpoints: Readonly<Record<string, string>>): Record<string, string> {
  return {
    "gcp:project": GOOGLE.project,
    "gcp:region": GOOGLE.region,
    ...Object.fromEntries(Object.entries(endpoints).map(([name, url]) => [`gcp:${name}`, url])),
  };
}

function startGoogle(options: CloudOptions, postgres: Postgres, token: string): Promise<Child> {
  const app = join(HOME, "rehearsal/app/main.cjs");
  const settings = {
    project: GOOGLE.project,
    region: GOOGLE.region,
    token,
    port: options.googlePort ?? 0,
    postgres: {
      host: postgres.host,
      port: postgres.port,
      adminUser: postgres.adminUser,
      adminPassword: postgres.adminPassword,
      instance: GOOGLE.instance,
    },
    run: {
      images: {
        [GOOGLE.apiImage]: { command: [process.execPath, app] },
        [GOOGLE.webImage]: { command: [process.execPath, app] },
      },
      overlapSeconds: options.overlapSeconds,
      instancesPerRevision: 2,
      logDir: join(options.dir, "run"),
    },
  };
  return launch({
    name: "the fake of Google Cloud",
    command: process.execPath,
    args: ["-r", join(HOME, "bin/transpile.cjs"), join(HOME, "rehearsal/clouds/google/main.ts")],
    cwd: HOME,
    env: {
      PATH: process.env["PATH"] ?? "",
      HOME: options.dir,
      // What was transpiled already is not transpiled again.
      XDG_CACHE_HOME: process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"),
    },
    leash: "own",
    input: `${JSON.stringify(settings)}\n`,
    announces: true,
    logFile: join(options.dir, "google.log"),
  });
}
