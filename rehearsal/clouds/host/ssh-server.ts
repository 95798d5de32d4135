/** A real SSH server on loopback, of the ssh2 package: one user, one key, no passwords, `exec` only. */
import { timingSafeEqual } from "node:crypto";
import { type AuthContext, type Connection, type ParsedKey, Server, utils } from "ssh2";
import { newSshKeyPair } from "./key-pair";
import { runCommand, type Shell } from "./session";

/** How the server is started. */
export interface SshServerOptions extends Shell {
  readonly user: string;
  /** The user's public key on one line, as in an `authorized_keys` file. */
  readonly authorizedKey: string;
  /** Port on 127.0.0.1; 0 for any free one. */
  readonly port: number;
}

/** A running server. */
export interface SshServer {
  readonly port: number;
  /** Its own public key on one line, as in `/etc/ssh/ssh_host_ed25519_key.pub`. */
  readonly hostKey: string;
  /** Ends the server and every connection. */
  stop(): Promise<void>;
}

/** Starts the server with a host key of its own, made for this run. */
export async function startSshServer(options: SshServerOptions): Promise<SshServer> {
  const authorized = utils.parseKey(options.authorizedKey);
  if (authorized instanceof Error) throw new Error("authorizedKey is no public key");
  const { private: hostKey, public: publicHostKey } = newSshKeyPair();
  const connections = new Set<Connection>();
  const server = new Server({ hostKeys: [hostKey] }, (client) => {
    connections.add(client);
    client.once("close", () => connections.delete(client));
    // Clients that break off are none of the server's business; the next one is served all the same.
    client.on("error", (error) => process.stderr.write(`fake host: ssh: ${error.message}\n`));
    client.on("authentication", (attempt) => {
      if (attempt.username === options.user && proves(attempt, authorized)) attempt.accept();
      else attempt.reject(["publickey"]);
    });
    client.on("session", (accept) => {
      const session = accept();
      // sshd refuses every variable that its AcceptEnv does not list, and lists none but the locale's.
      session.on("env", (_accept, reject) => reject?.());
      session.on("exec", (acceptExec, _reject, { command }) => {
        runCommand(command, acceptExec(), options);
      });
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port, "127.0.0.1", resolve);
  });
  return {
    port: (server.address() as { port: number }).port,
    hostKey: publicHostKey.trim(),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const connection of connections) connection.end();
      }),
  };
}

/** True for a public key that is the user's and, once asked for a signature, for a right one. */
function proves(attempt: AuthContext, authorized: ParsedKey): boolean {
  if (attempt.method !== "publickey") return false;
  const { key, signature, blob, hashAlgo } = attempt;
  const expected = authorized.getPublicSSH();
  if (key.data.length !== expected.length || !timingSafeEqual(key.data, expected)) return false;
  if (signature === undefined || blob === undefined) return true;
  return authorized.verify(blob, signature, hashAlgo) === true;
}
