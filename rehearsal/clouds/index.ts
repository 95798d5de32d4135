import { randomBytes } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { HOME } from "../../operator/workspace";
import { requireFreePort, requireLoopback } from "../guard";
import { Child, launch } from "../processes";
import { Postgres, startPostgres } from "./postgres";
import { StrapiSimulator, startStrapiSimulator } from "./strapi";

/** What a part of the rehearsal is: the real program, an emulator of it, or a fake of our own. */
export type Kind = "real" | "emulated" | "fake";

/** The project, region and names that the fake cloud has. Reserved example names throughout. */
export const GOOGLE = {
  project: "example-rehearsal",
  region: "europe-west1",
  instance: "capanel-db",
  apiImage: "images.example.com/capanel/api:1.0.0",
  webImage: "images.example.com/capanel/web:1.0.0",
} as const;

/** How the clouds are started. */
export interface CloudOptions {
  /** A folder of their own. */
  readonly dir: string;
  /** Ports on 127.0.0.1; any free one unless set. */
  readonly googlePort?: number | undefined;
  readonly postgresPort?: number | undefined;
  /** Seconds in which the old and the new revision of a service both serve. */
  readonly overlapSeconds: number;
}

/** The local clouds while they run. */
export interface Clouds {
  readonly postgres: Postgres;
  readonly strapi: StrapiSimulator;
  /** The fake of Google Cloud: where its services answer, and the bearer token that it takes. */
  readonly google: {
    readonly url: string;
    readonly endpoints: GoogleEndpointSettings;
    readonly token: string;
  };
  /** What runs and how real it is. */
  readonly kinds: readonly { readonly name: string; readonly kind: Kind }[];
  /** The processes that outlive this one when they are kept. */
  readonly pids: readonly number[];
  /** Lets them outlive this process. */
  keep(): void;
  stop(): Promise<void>;
}

/** The addresses as the provider's settings name them. */
export type GoogleEndpointSettings = Readonly<Record<string, string>>;

/** What `rehearsal/clouds/google/main.ts` announces. */
interface Announcement {
  readonly url: string;
  readonly endpoints: { readonly provider: GoogleEndpointSettings };
}

const START_MS = 20_000;

/** Starts every local cloud, each on loopback only. If one fails, those that run are stopped. */
export async function startClouds(options: CloudOptions): Promise<Clouds> {
  await requireFreePort("--postgres-port", options.postgresPort);
  await requireFreePort("--google-port", options.googlePort);
  await mkdir(join(options.dir, "run"), { mode: 0o700 });
  const ends: (() => Promise<unknown>)[] = [];
  const stop = async () => {
    for (const end of ends.splice(0).reverse()) await end();
  };
  try {
    const postgres = await startPostgres({
      dir: join(options.dir, "postgres"),
      port: options.postgresPort ?? 0,
      log: true,
    });
    ends.push(() => postgres.remove());
    const strapi = await startStrapiSimulator();
    ends.push(() => strapi.stop());
    const token = randomBytes(24).toString("base64url");
    const google = await startGoogle(options, postgres, token);
    ends.push(() => google.stop());
    const { url, endpoints } = JSON.parse(await google.announced(START_MS)) as Announcement;
    requireLoopback({ ...endpoints.provider, google: url, strapi: strapi.url });
    return {
      postgres,
      strapi,
      google: { url, endpoints: endpoints.provider, token },
      kinds: [
        { name: `PostgreSQL ${postgres.version}`, kind: "real" },
        { name: "Google Cloud", kind: "fake" },
        { name: "Strapi", kind: "fake" },
      ],
      pids: [google.pid, postgres.pid],
      keep: () => {
        google.keep();
        postgres.keep();
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
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
    env: { PATH: process.env["PATH"] ?? "", HOME: options.dir },
    leash: "own",
    input: `${JSON.stringify(settings)}\n`,
    announces: true,
    logFile: join(options.dir, "google.log"),
  });
}
