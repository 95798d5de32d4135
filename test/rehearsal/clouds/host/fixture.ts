/** What the specs of the compose host share: a fake host with two instances of a tiny application, and an SSH client. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, readlink, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "ssh2";
import { type Host, startHost } from "../../../../rehearsal/clouds/host";

const IMAGE = "images.example.com/app:1.0.0";
const JOB_IMAGE = "images.example.com/job:1.0.0";

/** The names of the two instances. */
export const SERVICES = ["app-1", "app-2"] as const;

/** The name of the job, see `job.cjs`. */
export const JOB = "seed-admin";

/** A host with a compose file on it; nothing runs yet. */
export interface TestHost {
  readonly host: Host;
  readonly composeFile: string;
  readonly envFile: string;
  /** A line `start <digest of its key>` and a line `end` for each run of the job; `stopped` for one that was. */
  readonly runsFile: string;
  /** While it exists, the job fails with exit code 3. */
  readonly failFile: string;
  /** While it exists, the job does not end. */
  readonly gateFile: string;
  /** The proxy in front of both instances. */
  readonly url: string;
  /** Stops the host and deletes its folder. */
  remove(): Promise<void>;
}

/** Starts a host of its own for a spec. */
export async function testHost(): Promise<TestHost> {
  const dir = await mkdtemp(join(tmpdir(), "rekey-host-"));
  const images = {
    [IMAGE]: { command: [process.execPath, join(__dirname, "app.cjs")] as const },
    [JOB_IMAGE]: { command: [process.execPath, join(__dirname, "job.cjs")] as const },
  };
  const host = await startHost({ dir, images, apps: ["app"] });
  const composeFile = join(host.root, "compose.yaml");
  const jobFiles = { runsFile: join(dir, "runs"), failFile: join(dir, "fail"), gateFile: join(dir, "gate") }; // prettier-ignore
  const job = {
    image: JOB_IMAGE,
    profiles: ["jobs"],
    env_file: ".env",
    environment: {
      RUNS_FILE: jobFiles.runsFile,
      FAIL_FILE: jobFiles.failFile,
      GATE_FILE: jobFiles.gateFile,
    },
  };
  const services = { ...Object.fromEntries(SERVICES.map(service)), [JOB]: job };
  await writeFile(composeFile, JSON.stringify({ services }));
  return {
    host,
    composeFile,
    envFile: join(host.root, ".env"),
    ...jobFiles,
    url: host.urls["app"] ?? "",
    remove: async () => {
      await host.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

function service(name: string) {
  const declared = {
    image: IMAGE,
    env_file: ".env",
    environment: { SERVICE: name },
    healthcheck: { test: ["CMD", "curl", "-f", "http://localhost:8080/ready"], interval: "1s" },
    labels: { "traefik.http.services.app.loadbalancer.server.port": "8080" },
    restart: "unless-stopped",
  };
  return [name, declared] as const;
}

/** How a command over SSH ended. */
export interface Ran {
  /** Null for one that was killed. */
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs a command on the host as its user would. */
export async function ssh({ host }: TestHost, command: string, stdin = ""): Promise<Ran> {
  const client = new Client();
  try {
    await new Promise((resolve, reject) => {
      client.once("ready", () => resolve(undefined)).once("error", reject);
      const { address, port, user: username, privateKey } = host;
      client.connect({ host: address, port, username, privateKey: privateKey.reveal() });
    });
    return await new Promise((resolve, reject) => {
      client.exec(command, (error, channel) => {
        if (error) return reject(error);
        const ran = { code: null as number | null, out: "", err: "" };
        channel.on("data", (chunk: Buffer) => (ran.out += chunk.toString()));
        channel.stderr.on("data", (chunk: Buffer) => (ran.err += chunk.toString()));
        channel.on("exit", (code: number | null) => (ran.code = code));
        channel.on("close", () => resolve(ran));
        channel.end(stdin);
      });
    });
  } finally {
    client.end();
  }
}

/** The lines of {@link TestHost.runsFile}; none before the first run. */
export async function runsOf({ runsFile }: TestHost): Promise<string[]> {
  const text = await readFile(runsFile, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "";
    throw error;
  });
  return text.split("\n").filter((line) => line !== "");
}

/** What a whole run of the job with this key leaves there. */
export function runWith(key: string): string[] {
  return [`start ${digestOf(key)}`, "end"];
}

/** True while a run of the job stands at the lock of the run before it. */
export async function jobWaits({ envFile }: TestHost): Promise<boolean> {
  for (const [pid, line] of await commandLines()) {
    if (!line.startsWith("flock ")) continue;
    // A process that ended meanwhile has no files.
    const lock = await readlink(`/proc/${pid}/fd/9`).catch(() => undefined);
    if (lock === `${envFile}.${JOB}.lock`) return true;
  }
  return false;
}

function digestOf(key: string): string {
  return createHash("sha256").update(key).digest("hex");
}

/** What an instance tells of itself. */
export interface Told {
  readonly service: string;
  readonly digest: string;
}

/** Asks the proxy often enough to hear every instance, in the order of their names. */
export async function instances(url: string): Promise<Told[]> {
  const heard = new Map<string, Told>();
  for (let turn = 0; turn < 2 * SERVICES.length; turn++) {
    const response = await fetch(url, { headers: { connection: "close" } });
    if (response.status !== 200) throw new Error(`the proxy answers ${response.status}`);
    const told = (await response.json()) as Told;
    heard.set(told.service, told);
  }
  return [...heard.values()].sort((one, other) => one.service.localeCompare(other.service));
}

/** What {@link instances} answers when both run with this key. */
export function bothWith(key: string): Told[] {
  return SERVICES.map((name) => ({ service: name, digest: digestOf(key) }));
}

/** Command lines of every process of this machine by process id. */
export async function commandLines(): Promise<Map<number, string>> {
  const found = new Map<number, string>();
  for (const entry of await readdir("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    // A process that ended meanwhile has none.
    const line = await readFile(`/proc/${entry}/cmdline`, "utf8").catch(() => undefined);
    if (line !== undefined) found.set(Number(entry), line.replaceAll("\0", " "));
  }
  return found;
}

/** SIGKILL to the engine that this process started. */
export async function killEngine(): Promise<void> {
  const children = await readFile(`/proc/${process.pid}/task/${process.pid}/children`, "utf8");
  const lines = await commandLines();
  const engines = children.trim().split(" ").map(Number).filter((pid) => / up /.test(lines.get(pid) ?? "")); // prettier-ignore
  assert.equal(engines.length, 1, "exactly one engine runs");
  process.kill(engines[0] as number, "SIGKILL");
}
