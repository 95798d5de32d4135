import { randomBytes } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { SecretText } from "../../../components/secret-text";
import type { Progress } from "../../../operator/progress";
import { type Child, launch } from "../../processes";
import { freePort } from "../postgres";
import { pythonTool } from "../python";

/** How an emulator is started. */
export interface AwsOptions {
  /** A folder of its own, for its log; made if missing. */
  readonly dir: string;
  /** Port on 127.0.0.1. Default: any free one. */
  readonly port?: number;
  /** The region that resources are in. Default: `us-east-1`. */
  readonly region?: string;
  /** Told while the emulator's Python environment is made, on first use. */
  readonly progress?: Progress;
}

/** A running emulator. */
export interface Aws {
  readonly url: string;
  readonly region: string;
  /** The account that every resource is in. */
  readonly accountId: string;
  /** The administrator's (root's) key, new at every start. */
  readonly accessKeyId: string;
  readonly secretAccessKey: SecretText;
  readonly pid: number;
  /** Its log; access lines name actions' paths, never bodies. */
  readonly logFile: string;
  /** Lets it outlive this process. */
  keep(): void;
  stop(): Promise<void>;
}

/** What an emulator is told of itself. */
export interface Place {
  readonly port: number;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: SecretText;
}

/** What tells one emulator from another. */
export interface Emulator {
  /** What messages call it. */
  readonly title: string;
  /** The name of its Python environment. */
  readonly tool: string;
  /** Its requirements file, absolute. */
  readonly requirements: string;
  readonly accountId: string;
  /** The arguments of Python; `bin` is the folder with the environment's programs. */
  args(bin: string, place: Place): readonly string[];
  /** Variables beside those that every one gets. */
  env(place: Place): Readonly<Record<string, string>>;
  /** The path that it answers once it is there. */
  readonly health: string;
}

const START_MS = 30_000;
const PORT_TRIES = 5;

/** Starts an emulator and waits until it answers. Makes its Python environment first where that is missing (network, once). */
export async function launchEmulator(emulator: Emulator, options: AwsOptions): Promise<Aws> {
  const { dir, progress, region = "us-east-1" } = options;
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const { title, tool: name, requirements, accountId, health } = emulator;
  const bin = await pythonTool({ name, requirements, ...(progress ? { progress } : {}) });
  const accessKeyId = `AKIA${randomBytes(8).toString("hex").toUpperCase()}`;
  const secretAccessKey = new SecretText(randomBytes(30).toString("base64url"));
  const logFile = join(dir, "aws.log");
  for (let tries = 1; ; tries++) {
    const port = options.port ?? (await freePort());
    const place = { port, region, accessKeyId, secretAccessKey };
    const url = `http://127.0.0.1:${port}`;
    const child = await launch({
      name: title,
      command: join(bin, "python"),
      args: emulator.args(bin, place),
      cwd: dir,
      env: { ...common(dir), ...emulator.env(place) },
      leash: "wrapped",
      logFile,
    });
    try {
      await child.ready(() => answers(url + health), START_MS);
      return running(child, { url, region, accountId, accessKeyId, secretAccessKey, logFile });
    } catch (error) {
      await child.kill();
      // Between finding a free port and binding it, another process may take it.
      if (options.port !== undefined || tries >= PORT_TRIES) throw error;
    }
  }
}

function common(dir: string): Record<string, string> {
  return {
    PATH: process.env["PATH"] ?? "/usr/bin:/bin",
    HOME: dir,
    TMPDIR: dir,
    PYTHONDONTWRITEBYTECODE: "1",
  };
}

async function answers(url: string): Promise<boolean> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(2_000) });
  await answer.arrayBuffer();
  return answer.ok;
}

function running(child: Child, told: Omit<Aws, "pid" | "keep" | "stop">): Aws {
  return {
    ...told,
    pid: child.pid,
    keep: () => child.keep(),
    stop: async () => void (await child.stop()),
  };
}
