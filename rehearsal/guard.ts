import { statfs } from "node:fs/promises";
import { createServer } from "node:net";
import { RekeyError } from "../operator/errors";

/** Variables that hold or point at credentials of real clouds. */
const CREDENTIALS = [
  "GOOGLE_APPLICATION_CREDENTIALS",
  "GOOGLE_CREDENTIALS",
  "GOOGLE_CLOUD_KEYFILE_JSON",
  "GCLOUD_KEYFILE_JSON",
  "GOOGLE_OAUTH_ACCESS_TOKEN",
  "CLOUDSDK_AUTH_ACCESS_TOKEN",
  "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
  "VAULT_TOKEN",
  "PULUMI_ACCESS_TOKEN",
];

/** Settings of real clouds, dropped in silence: regions, profiles, addresses, kubeconfigs, the backend and its secrets. */
const SETTINGS =
  /^(GOOGLE_|GCLOUD_|CLOUDSDK_|GCP_|AWS_|VAULT_|BAO_|KUBE|K8S_|ARM_|AZURE_|PULUMI_|PG[A-Z]+$|DATABASE_URL$)/;

const SPACE_BYTES = 600 * 1024 * 1024;

/**
 * The environment in which the rehearsal runs its engine: nothing in it leads to a real cloud.
 *
 * @throws RekeyError (exit code 2) where a credential is set: somebody may believe that this is production.
 */
export function rehearsalEnvironment(env: NodeJS.ProcessEnv): Record<string, string> {
  const found = CREDENTIALS.filter((name) => env[name]);
  if (found.length > 0)
    throw new RekeyError({
      code: "cloud-credential",
      message: `the environment holds a credential of a real cloud: ${found.join(", ")}`,
      exitCode: 2,
      allowed: "no cloud credential; the rehearsal talks to this machine only",
      fix: `env ${found.map((name) => `-u ${name}`).join(" ")} npx rekey rehearse`,
    });
  return Object.fromEntries(
    Object.entries(env).filter(
      (entry): entry is [string, string] => entry[1] !== undefined && !SETTINGS.test(entry[0]),
    ),
  );
}

/** Refuses any address that is not of this machine. */
export function requireLoopback(addresses: Readonly<Record<string, string>>): void {
  for (const [name, address] of Object.entries(addresses)) {
    const { hostname } = new URL(address);
    if (!LOOPBACK.test(hostname))
      throw new RekeyError({
        code: "not-loopback",
        message: `${name} is not on this machine`,
        exitCode: 2,
        allowed: "addresses on 127.0.0.0/8 or [::1]",
        fix: "run the rehearsal without settings of your own for end points",
      });
  }
}

const LOOPBACK = /^(127(\.\d{1,3}){3}|\[::1\]|localhost)$/;

/**
 * Refuses to begin what would end half-way for want of space.
 *
 * @param look what tells a disk's free blocks; tests bring their own.
 */
export async function requireSpace(
  folder: string,
  look: (folder: string) => Promise<{ bavail: number; bsize: number }> = statfs,
): Promise<void> {
  const { bavail, bsize } = await look(folder);
  if (bavail * bsize >= SPACE_BYTES) return;
  throw new RekeyError({
    code: "no-space",
    message: `${folder} has less than ${SPACE_BYTES / 1024 / 1024} MB free`,
    exitCode: 2,
    path: "TMPDIR",
    allowed: "a folder with room for a database server and its data",
    fix: "free some space, or set TMPDIR to a folder that has it",
  });
}

/** Refuses a chosen port on which something listens already; one that is not chosen is any free one. */
export async function requireFreePort(option: string, port: number | undefined): Promise<void> {
  if (port === undefined) return;
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, "127.0.0.1", resolve);
    });
  } catch (error) {
    throw new RekeyError({
      code: "port-taken",
      message: `port ${port} is not to be had (${(error as NodeJS.ErrnoException).code ?? "no reason given"})`,
      exitCode: 2,
      path: option,
      allowed: "a free port on 127.0.0.1",
      fix: `name another one, or leave ${option} out for any free one`,
    });
  } finally {
    await new Promise((closed) => server.close(closed));
  }
}
