/**
 * Runs the fake compose host as a process of its own: {@link HostSettings} as one line of JSON on standard input, {@link HostAnnouncement}
 * as one line of JSON on standard output when it is ready. It ends with its parent, and cleanly on SIGTERM.
 */
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { holdLeash } from "../../leash";
import type { ImageSpec } from "../google/run-options";
import { openDockerSocket } from "./docker-socket";
import { Services } from "./services";
import { startSshServer } from "./ssh-server";

/** What the parent hands over. */
export interface HostSettings {
  /** An existing folder that stands for the host's root. */
  readonly root: string;
  readonly user: string;
  readonly authorizedKey: string;
  readonly port: number;
  readonly images: Readonly<Record<string, ImageSpec>>;
  readonly apps: readonly string[];
}

/** What the parent is told. */
export interface HostAnnouncement {
  readonly port: number;
  readonly hostKey: string;
  readonly urls: Readonly<Record<string, string>>;
}

async function main(): Promise<void> {
  const ends: (() => Promise<unknown>)[] = [];
  const end = (code: number) => {
    const stop = async () => {
      for (const one of ends.splice(0).reverse()) await one();
    };
    stop().then(
      () => process.exit(code),
      (error: unknown) => fail(error),
    );
  };
  const leash = holdLeash(() => end(1));
  process.once("SIGTERM", () => end(0));
  process.once("SIGINT", () => end(0));
  const settings = readSettings(await leash.firstLine);
  const { root, user, authorizedKey, port, images, apps } = settings;
  const [bin, logDir, home] = ["bin", "log", "home"].map((name) => join(root, name)) as [string, string, string]; // prettier-ignore
  for (const folder of [bin, logDir, home]) await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeExecutable(join(bin, "docker"), join(__dirname, "docker.cjs"));

  const services = new Services({ images, logDir });
  ends.push(() => services.close());
  const urls = await services.open(apps);
  const socket = join(root, "docker.sock");
  const server = await openDockerSocket(socket, services);
  ends.push(() => new Promise((resolve) => server.close(resolve).closeAllConnections()));
  const env = {
    PATH: `${bin}:/usr/local/bin:/usr/bin:/bin`,
    HOME: home,
    USER: user,
    DOCKER_HOST: `unix://${socket}`,
  };
  const ssh = await startSshServer({ user, authorizedKey, port, home, env });
  ends.push(() => ssh.stop());
  const announcement: HostAnnouncement = { port: ssh.port, hostKey: ssh.hostKey, urls };
  process.stdout.write(`${JSON.stringify(announcement)}\n`);
}

async function writeExecutable(path: string, script: string): Promise<void> {
  await writeFile(path, `#!/bin/sh\nexec "${process.execPath}" "${script}" "$@"\n`);
  await chmod(path, 0o700);
}

function readSettings(line: string): HostSettings {
  try {
    return JSON.parse(line) as HostSettings;
  } catch {
    // The parser quotes its input.
    throw new Error("the first line of standard input must be the settings as JSON on one line");
  }
}

function fail(error: unknown): never {
  process.stderr.write(`fake host: ${error instanceof Error ? error.message : "failed"}\n`);
  process.exit(1);
}

main().catch(fail);
