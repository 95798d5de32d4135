/** Runs the rotation function in a process of its own, which can be killed at any point. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { HOME } from "../../operator/workspace";
import type { Aws } from "../../rehearsal/clouds/aws";

/** What is rotated, and how. */
export interface RotationRun {
  readonly aws: Aws;
  /** The file with `rotationCode()`. */
  readonly bundle: string;
  readonly secretId: string;
  /** The version that the rotation makes: its ClientRequestToken. */
  readonly version: string;
  /** The function's own variables. */
  readonly variables: Readonly<Record<string, string>>;
  /** Kills itself before the nth time that it sends anything; never unless set. */
  readonly crashAt?: number | undefined;
}

/** How a run ended. */
export interface RotationEnded {
  readonly signal: string | null | undefined;
  readonly code: number;
  /** How often it sent something, if it came to its end. */
  readonly sent: number;
  readonly err: string;
}

/** Takes all four steps, as the service would, with the rights of the emulator's administrator. */
export function runRotation(run: RotationRun): Promise<RotationEnded> {
  const { aws, bundle, secretId, version, variables, crashAt } = run;
  const env = {
    PATH: process.env["PATH"],
    NODE_PATH: join(HOME, "node_modules"),
    BUNDLE: bundle,
    SECRET_ID: secretId,
    TOKEN: version,
    ...variables,
    AWS_ENDPOINT_URL: aws.url,
    AWS_REGION: aws.region,
    AWS_ACCESS_KEY_ID: aws.accessKeyId,
    AWS_SECRET_ACCESS_KEY: aws.secretAccessKey.reveal(),
    ...(crashAt === undefined ? {} : { CRASH_AT: String(crashAt) }),
  };
  const child = join(HOME, "test/functions/rotation/child.cjs");
  return new Promise((resolve) => {
    execFile(process.execPath, [child], { env }, (error, out, err) =>
      resolve({
        signal: error?.signal,
        code: error ? 1 : 0,
        sent: Number(out),
        // The SDK's warning about old versions of Node stands there too.
        err: err.split("\n").find((line) => /^\w*(Refused|Error|Exception): /.test(line)) ?? "",
      }),
    );
  });
}
