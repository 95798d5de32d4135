import { PulumiCommand } from "@pulumi/pulumi/automation";
import type { Progress } from "../operator/output";
import { sdkVersion } from "./command";
import type { Refusal } from "./engine";
import { said } from "./reason";

/** Where the Automation API's installer fetches its script from; it fixes the address itself. */
const INSTALLER = "https://get.pulumi.com/install.sh";

/** What a download depends on; tests bring their own. */
export interface DownloadOptions {
  progress: Progress;
  /** Default: `PulumiCommand.install` of the Automation API. */
  install?: (options: { version: string; root: string }) => Promise<unknown>;
  /** What must answer before anything is installed. Default: the official installer's address. */
  probe?: string;
  /** For the answer to the probe. Default: 5 seconds. */
  probeMs?: number;
  /** For the whole download. Default: 10 minutes. */
  deadlineMs?: number;
}

/**
 * Downloads the official CLI, language hosts included, into `folder`. Where the host does not answer within five seconds it says so
 * at once, because the installer itself would wait for two minutes.
 *
 * @returns undefined when `folder/bin/pulumi` is there.
 */
export async function download(
  version: string,
  folder: string,
  options: DownloadOptions,
): Promise<Refusal | undefined> {
  const { progress, install = official, deadlineMs = 10 * 60_000 } = options;
  const { probe = INSTALLER, probeMs = 5_000 } = options;
  const host = new URL(probe).host;
  const fix = `let this machine reach https://${host}`;
  progress.step(`asking ${host} for the Pulumi CLI ${version}`);
  const silence = await unreachable(probe, probeMs);
  if (silence !== undefined) return { reason: `${host} ${silence}`, fix };
  progress.step(`downloading the Pulumi CLI ${version} from ${host}`);
  try {
    await within(deadlineMs, install({ version, root: folder }));
    return undefined;
  } catch (error) {
    return { reason: `the installer of ${host} failed: ${said(error)}`, fix };
  }
}

async function official({ version, root }: { version: string; root: string }): Promise<void> {
  await PulumiCommand.install({ version: sdkVersion(version), root });
}

async function unreachable(url: string, deadlineMs: number): Promise<string | undefined> {
  try {
    const answer = await fetch(url, { method: "HEAD", signal: AbortSignal.timeout(deadlineMs) });
    return answer.ok ? undefined : `answered ${answer.status}`;
  } catch (error) {
    const late = error instanceof Error && error.name === "TimeoutError";
    return late
      ? `did not answer within ${deadlineMs / 1_000} s`
      : `cannot be reached: ${said(error)}`;
  }
}

async function within(deadlineMs: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const tell = () => reject(new Error(`it took more than ${deadlineMs / 1_000} s`));
    timer = setTimeout(tell, deadlineMs);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
