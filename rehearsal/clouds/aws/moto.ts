/**
 * The second AWS emulator, as it comes: what it and the first one do alike is what the stores rely on. It checks no signature and no
 * policy, so nothing but that comparison runs on it.
 */
import { join } from "node:path";
import { type Aws, type AwsOptions, type Emulator, launchEmulator } from "./launch";

const ACCOUNT = "123456789012";

const MOTO: Emulator = {
  title: "the second AWS emulator",
  tool: "aws-moto",
  requirements: join(__dirname, "moto-requirements.txt"),
  accountId: ACCOUNT,
  args: (bin, { port }) => [join(bin, "moto_server"), "-H", "127.0.0.1", "-p", String(port)],
  env: ({ region }) => ({ AWS_DEFAULT_REGION: region, MOTO_ACCOUNT_ID: ACCOUNT }),
  health: "/moto-api/data.json",
};

/** Starts it and waits until it answers. Makes its Python environment first where that is missing (network, 317 MB, once). */
export function startMoto(options: AwsOptions): Promise<Aws> {
  return launchEmulator(MOTO, options);
}
