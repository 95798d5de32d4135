/**
 * AWS for the rehearsal: an emulator on loopback that checks signatures and policies as AWS does. What it does otherwise than AWS
 * documents is corrected in emulator.py. It holds nothing on disk but its log and is gone with the process that started it.
 */
import { randomBytes } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { SecretText } from "../../../components/secret-text";
import type { Progress } from "../../../operator/progress";
import { type Child, launch } from "../../processes";
import { freePort } from "../postgres";
import { pythonTool } from "../python";

/** How the emulator is started. */
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
  /** The account that every resource is in: twelve digits that AWS reserves for nobody's use. */
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

const ACCOUNT = "000000000000";
const START_MS = 30_000;
const PORT_TRIES = 5;
const REQUIREMENTS = join(__dirname, "requirements.txt");

/** Starts the emulator and waits until it answers. Makes its Python environment first where that is missing (network, once). */
export async function startAws(options: AwsOptions): Promise<Aws> {
  const { dir, progress, region = "us-east-1" } = options;
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const bin = await pythonTool({
    name: "aws-emulator",
    requirements: REQUIREMENTS,
    ...(progress ? { progress } : {}),
  });
  const accessKeyId = `AKIA${randomBytes(8).toString("hex").toUpperCase()}`;
  const secretAccessKey = new SecretText(randomBytes(30).toString("base64url"));
  const logFile = join(dir, "aws.log");
  for (let tries = 1; ; tries++) {
    const port = options.port ?? (await freePort());
    const url = `http://127.0.0.1:${port}`;
    const child = await launch({
      name: "the AWS emulator",
      command: join(bin, "python"),
      args: [join(__dirname, "emulator.py")],
      cwd: dir,
      env: environment(dir, port, region, accessKeyId, secretAccessKey),
      leash: "wrapped",
      logFile,
    });
    try {
      await child.ready(() => answers(url), START_MS);
      return running(child, { url, region, accessKeyId, secretAccessKey, logFile });
    } catch (error) {
      await child.kill();
      // Between finding a free port and binding it, another process may take it.
      if (options.port !== undefined || tries >= PORT_TRIES) throw error;
    }
  }
}

function environment(
  dir: string,
  port: number,
  region: string,
  accessKeyId: string,
  secretAccessKey: SecretText,
): Record<string, string> {
  return {
    PATH: process.env["PATH"] ?? "/usr/bin:/bin",
    HOME: dir,
    TMPDIR: dir,
    PYTHONDONTWRITEBYTECODE: "1",
    BIND_HOST: "127.0.0.1",
    GATEWAY_PORT: String(port),
    // Signatures, identity policies and resource policies are checked; without it any credential may do anything.
    AUTH: "true",
    CLOUDTRAIL_RECORDING: "1",
    MINISTACK_REGION: region,
    MINISTACK_ACCOUNT_ID: ACCOUNT,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey.reveal(),
    LOG_LEVEL: "WARNING",
  };
}

async function answers(url: string): Promise<boolean> {
  const answer = await fetch(`${url}/_ministack/health`, { signal: AbortSignal.timeout(2_000) });
  await answer.arrayBuffer();
  return answer.ok;
}

function running(
  child: Child,
  told: Pick<Aws, "url" | "region" | "accessKeyId" | "secretAccessKey" | "logFile">,
): Aws {
  return {
    ...told,
    accountId: ACCOUNT,
    pid: child.pid,
    keep: () => child.keep(),
    stop: async () => void (await child.stop()),
  };
}
