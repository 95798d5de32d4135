import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import { SecretText } from "../../../components/secret-text";
import { HOME } from "../../../operator/workspace";
import { CloudOptions, Clouds, Parts, postgresEnvironment } from "../../clouds";
import { Host, startHost } from "../../clouds/host";
import { Postgres, startPostgres } from "../../clouds/postgres";
import type { Simulator } from "../../clouds/simulators/simulator";
import { requireFreePort, requireLoopback } from "../../guard";
import { Ran, runOverSsh } from "../../../stacks/self-hosted/ssh";

/** What runs on a self-hosted machine. */
export interface Application {
  /** The system's name, which is also the name of the application at the proxy. */
  readonly name: string;
  /** The mode of the sample application that serves. */
  readonly mode: string;
  /** Modes that run as one-off jobs, each a service of the same name. */
  readonly jobs: readonly string[];
}

/** A database and a machine with two instances of an application behind a proxy. */
export interface Machine {
  readonly postgres: Postgres;
  readonly host: Host;
  readonly composeFile: string;
  readonly envFile: string;
  /** Where the jobs keep backups. */
  readonly backupFolder: string;
  /** Where the proxy answers. */
  readonly url: string;
}

/** The services that serve, restarted one after the other. */
export const SERVICES = ["app-1", "app-2"] as const;

const IMAGE = "images.example.com/app:1.0.0";

/** Starts the database and the machine; its compose file is there, its env file is not. */
export async function startMachine(
  parts: Parts,
  { dir, postgresPort }: CloudOptions,
  application: Application,
): Promise<Machine> {
  await requireFreePort("--postgres-port", postgresPort);
  const postgres = await startPostgres({
    dir: join(dir, "postgres"),
    port: postgresPort ?? 0,
    log: true,
  });
  parts.add({ stop: () => postgres.remove(), keep: () => postgres.keep() });
  const app = join(HOME, "rehearsal/app/main.cjs");
  const host = await startHost({
    dir: join(dir, "h"),
    images: { [IMAGE]: { command: [process.execPath, app] } },
    apps: [application.name],
  });
  parts.add({ stop: () => host.stop(), keep: () => host.keep() });
  const composeFile = join(host.root, "compose.yaml");
  const backupFolder = join(host.root, "backups");
  await mkdir(backupFolder, { mode: 0o700 });
  const services = composeServices(application, backupFolder);
  await writeFile(composeFile, stringify({ services }));
  const url = host.urls[application.name] ?? "";
  requireLoopback({ proxy: url });
  const envFile = join(host.root, ".env.production");
  return { postgres, host, composeFile, envFile, backupFolder, url };
}

/** Runs a job of the compose file over SSH, as the machine's own timers or people do. */
export function runJob({ host, composeFile, envFile }: Machine, job: string): Promise<Ran> {
  const { address, port, user, hostKey } = host;
  const privateKey = host.privateKey.reveal();
  return runOverSsh(
    { host: address, port, user, hostKey, privateKey },
    `docker compose --env-file ${envFile} -f ${composeFile} run --rm --no-deps -T ${job}`,
  );
}

/** What every system on a machine of its own says about its clouds; `simulators` by the name of what they simulate. */
export function machineClouds(
  parts: Parts,
  { postgres, host, url }: Machine,
  simulators: Readonly<Record<string, Simulator>>,
): Clouds {
  for (const simulator of Object.values(simulators)) parts.add({ stop: () => simulator.stop() });
  requireLoopback(
    Object.fromEntries(Object.entries(simulators).map(([name, { url: at }]) => [name, at])),
  );
  return {
    postgres,
    kinds: [
      { name: `PostgreSQL ${postgres.version}`, kind: "real" },
      { name: "SSH server", kind: "real" },
      { name: "docker compose", kind: "fake" },
      ...Object.keys(simulators).map((name) => ({ name, kind: "fake" as const })),
    ],
    addresses: {
      "PostgreSQL (real)": `${postgres.host}:${postgres.port}`,
      "SSH (real)": `${host.user}@${host.address}:${host.port}`,
      application: url,
    },
    environment: postgresEnvironment(postgres),
    pids: [host.pid, postgres.pid],
    keep: parts.keep,
    stop: parts.stop,
  };
}

/** What opens the machine and its database, as `rekey:credentials`; encrypted before it is written. */
export function machineCredentials(
  system: string,
  { postgres, host }: Machine,
): Record<string, SecretText> {
  return {
    [`${system}-ssh-key`]: host.privateKey,
    [`${system}-database-admin`]: new SecretText(postgres.adminPassword),
  };
}

/** The stack's settings of the machine and its database. */
export function machineSettings(
  { postgres, host, composeFile, envFile, url }: Machine,
  database: string,
) {
  return {
    url,
    host: {
      address: host.address,
      port: host.port,
      user: host.user,
      hostKey: host.hostKey,
      envFile,
      composeFile,
      services: [...SERVICES],
    },
    database: {
      host: postgres.host,
      port: postgres.port,
      name: database,
      user: database,
      ownerRole: `${database}_owner`,
      groupRole: `${database}_rights`,
      adminUser: postgres.adminUser,
      sslmode: "disable",
      drainSeconds: 10,
    },
  };
}

function composeServices({ name, mode, jobs }: Application, backupFolder: string) {
  const service = (appMode: string) => ({
    image: IMAGE,
    env_file: ".env.production",
    environment: { APP_MODE: appMode, BACKUP_DIR: backupFolder },
  });
  const serving = SERVICES.map((one) => [
    one,
    {
      ...service(mode),
      healthcheck: { test: ["CMD", "curl", "-f", "http://localhost:8080/readyz"] },
      labels: { [`traefik.http.services.${name}.loadbalancer.server.port`]: "8080" },
      restart: "unless-stopped",
    },
  ]);
  const once = jobs.map((job) => [job, { ...service(job), profiles: ["jobs"] }]);
  return Object.fromEntries([...serving, ...once]) as Record<string, unknown>;
}
