/**
 * A fake self-hosted machine: a real SSH server on loopback that runs real shell commands, with a fake `docker` on their PATH that runs
 * services as processes, and a fake edge proxy for each application. It hides nothing of this machine: paths are real ones, and commands
 * run as the user who started it.
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { SecretText } from "../../../components/secret-text";
import { HOME } from "../../../operator/workspace";
import { launch } from "../../processes";
import type { ImageSpec } from "../google/run-options";
import { newSshKeyPair } from "./key-pair";
import type { HostAnnouncement, HostSettings } from "./main";

/** How the host is started. */
export interface HostOptions {
  /** A folder of its own; made if missing. Put compose files and env files below {@link Host.root}. Keep its path short: a socket is in it. */
  readonly dir: string;
  /** What stands behind the images of compose files. */
  readonly images: Readonly<Record<string, ImageSpec>>;
  /** Applications that get an edge proxy; services join one by the label `traefik.http.services.<app>.loadbalancer.server.port`. */
  readonly apps: readonly string[];
  /** Port of the SSH server on 127.0.0.1. Default 0: any free one. */
  readonly port?: number;
}

/** A running host. */
export interface Host {
  readonly address: "127.0.0.1";
  readonly port: number;
  readonly user: string;
  /** The user's private key, made for this run. */
  readonly privateKey: SecretText;
  /** The host's public key on one line, made for this run. */
  readonly hostKey: string;
  /** `http://127.0.0.1:<port>` of each application's proxy; it answers 503 while no service is healthy. */
  readonly urls: Readonly<Record<string, string>>;
  /** The folder that stands for the host's root: `root/log` holds the services' output. */
  readonly root: string;
  readonly pid: number;
  /** Lets it outlive this process. */
  keep(): void;
  /** Ends the host with its services and whatever its sessions started. */
  stop(): Promise<void>;
}

const START_MS = 20_000;
const USER = "deploy";

/** Starts a host without any service: the first `docker compose up` over SSH starts them. It ends with this process. */
export async function startHost({ dir, images, apps, port = 0 }: HostOptions): Promise<Host> {
  const root = join(dir, "root");
  await mkdir(root, { recursive: true, mode: 0o700 });
  const keys = newSshKeyPair();
  const settings: HostSettings = {
    root,
    user: USER,
    authorizedKey: keys.public,
    port,
    images,
    apps,
  };
  const child = await launch({
    name: "the fake compose host",
    command: process.execPath,
    args: ["-r", join(HOME, "bin/transpile.cjs"), join(__dirname, "main.ts")],
    cwd: HOME,
    env: { PATH: process.env["PATH"] ?? "", HOME: dir },
    leash: "own",
    input: `${JSON.stringify(settings)}\n`,
    announces: true,
    logFile: join(dir, "host.log"),
  });
  const line = await child.announced(START_MS).catch(async (error: unknown) => {
    await child.kill();
    throw error;
  });
  return {
    address: "127.0.0.1",
    user: USER,
    privateKey: new SecretText(keys.private),
    ...(JSON.parse(line) as HostAnnouncement),
    root,
    pid: child.pid,
    keep: () => child.keep(),
    stop: async () => void (await child.stop()),
  };
}
