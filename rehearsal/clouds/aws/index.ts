/**
 * AWS for the rehearsal: an emulator on loopback that checks signatures and policies as AWS does. What it does otherwise than AWS
 * documents is corrected in emulator.py. It holds nothing on disk but its log and is gone with the process that started it.
 */
import { join } from "node:path";
import { type Aws, type AwsOptions, type Emulator, launchEmulator } from "./launch";

export type { Aws, AwsOptions } from "./launch";

/** Twelve digits that AWS reserves for nobody's use. */
const ACCOUNT = "000000000000";

const EMULATOR: Emulator = {
  title: "the AWS emulator",
  tool: "aws-emulator",
  requirements: join(__dirname, "requirements.txt"),
  accountId: ACCOUNT,
  args: () => [join(__dirname, "emulator.py")],
  env: ({ port, region, accessKeyId, secretAccessKey }) => ({
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
  }),
  health: "/_ministack/health",
};

/** Starts the emulator and waits until it answers. Makes its Python environment first where that is missing (network, once). */
export function startAws(options: AwsOptions): Promise<Aws> {
  return launchEmulator(EMULATOR, options);
}
