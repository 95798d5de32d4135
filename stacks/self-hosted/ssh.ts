import type { ConnectConfig } from "ssh2";
import type { SshConnection } from "../../components/consumers/compose-remote";

/** How a machine is reached, its private key in clear. */
export type OpenConnection = Omit<SshConnection, "privateKey"> & { readonly privateKey: string };

/** How a command over SSH ended. */
export interface Ran {
  /** Null for one that was killed. */
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

const READY_MS = 20_000;

/**
 * Runs a command on a machine, for hooks, which cannot declare one. The machine proves itself by the pinned key; without one, which `dev`
 * alone allows, whoever answers is believed.
 */
export async function runOverSsh(connection: OpenConnection, command: string): Promise<Ran> {
  const { Client } = require("ssh2") as typeof import("ssh2");
  const { host, port = 22, user: username, hostKey, privateKey } = connection;
  const client = new Client();
  try {
    await new Promise<void>((resolve, reject) => {
      client.once("ready", resolve).once("error", reject);
      client.connect({
        host,
        port,
        username,
        privateKey,
        readyTimeout: READY_MS,
        ...pinned(hostKey),
      });
    });
    return await new Promise<Ran>((resolve, reject) => {
      // A connection that breaks while the command runs.
      client.on("error", reject);
      client.exec(command, (error, channel) => {
        if (error) return reject(error);
        let code: number | null = null;
        const written = { out: "", err: "" };
        channel.on("data", (chunk: Buffer) => (written.out += chunk.toString()));
        channel.stderr.on("data", (chunk: Buffer) => (written.err += chunk.toString()));
        channel.on("exit", (status: number | null) => (code = status));
        channel.on("close", () => resolve({ code, ...written }));
        channel.end();
      });
    });
  } finally {
    client.end();
  }
}

function pinned(hostKey: string | undefined): Pick<ConnectConfig, "hostVerifier" | "algorithms"> {
  if (hostKey === undefined) return {};
  const [kind = "", key = ""] = hostKey.split(" ");
  const expected = Buffer.from(key, "base64");
  // A server has several keys and shows the kind that it is asked for.
  const serverHostKey = kind === "ssh-rsa" ? ["rsa-sha2-512", "rsa-sha2-256"] : [kind];
  return {
    hostVerifier: (shown: Buffer) => shown.equals(expected),
    algorithms: {
      serverHostKey: serverHostKey as NonNullable<ConnectConfig["algorithms"]>["serverHostKey"],
    },
  };
}
