import { Client, type ConnectConfig, utils } from "ssh2";
import { z } from "zod";
import { requireLoopback } from "../../guard";

/** How a remote command connects. Passwords, agents and bastions are not known here. */
export const connection = z.strictObject({
  host: z.string().min(1),
  port: z.number().int().min(1).max(65_535).default(22),
  user: z.string().min(1).default("root"),
  privateKey: z.string().min(1),
  hostKey: z.string().optional(),
  dialErrorLimit: z.number().int().min(-1).default(10),
  perDialTimeout: z.number().int().min(0).default(15),
});

/** Connection settings with the defaults filled in. */
export type Connection = z.output<typeof connection>;

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;

/**
 * Connects, and tries again as often as `dialErrorLimit` allows while nobody answers; the official provider does so for a refused key
 * too. Without a `hostKey` every server is believed, as in the official provider. Refuses an address beyond this machine.
 */
export async function dial(settings: Connection, signal: AbortSignal): Promise<Client> {
  requireLoopback({ "connection.host": `ssh://${settings.host}` });
  for (let tries = 0; ; tries++) {
    try {
      return await attempt(settings, signal);
    } catch (error) {
      const again = settings.dialErrorLimit === -1 || tries < settings.dialErrorLimit;
      if (!again || signal.aborted || !isSilence(error)) throw error;
      const pause = Math.min(FIRST_PAUSE_MS * 1.5 ** tries, LONGEST_PAUSE_MS);
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
}

function attempt(settings: Connection, signal: AbortSignal): Promise<Client> {
  const { host, port, user, privateKey, hostKey, perDialTimeout } = settings;
  const expected = hostKey === undefined ? undefined : publicKey(hostKey);
  const config: ConnectConfig = {
    host,
    port,
    username: user,
    privateKey,
    readyTimeout: perDialTimeout * 1000,
    agent: undefined,
    ...(expected ? { hostVerifier: (key: Buffer) => key.equals(expected) } : {}),
  };
  const client = new Client();
  return new Promise((resolve, reject) => {
    const abort = () => client.destroy();
    signal.addEventListener("abort", abort, { once: true });
    client.once("ready", () => resolve(client));
    client.once("error", (error) => {
      client.destroy();
      reject(error);
    });
    client.once("close", () => {
      signal.removeEventListener("abort", abort);
      reject(new Error("the connection was closed"));
    });
    client.connect(config);
  });
}

/** The key of a line `ssh-ed25519 AAAA… comment`. */
function publicKey(line: string): Buffer {
  const parsed = utils.parseKey(line);
  if (parsed instanceof Error || parsed.isPrivateKey())
    throw new Error('connection.hostKey: not a public key on one line, "ssh-ed25519 AAAA…"');
  return parsed.getPublicSSH();
}

function isSilence(error: unknown): boolean {
  const { code = "", level } = error as NodeJS.ErrnoException & { level?: string };
  return level === "client-timeout" || ["ECONNREFUSED", "ECONNRESET", "ETIMEDOUT"].includes(code);
}
