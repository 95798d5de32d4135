/**
 * A real Vault (OpenBao) on 127.0.0.1, in server mode with TLS: initialised and unsealed over its API with keys that stay in memory, an
 * audit device by its configuration file, and no root token left once it is set up.
 */
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { SecretText } from "../../../components/secret-text";
import type { Progress } from "../../../operator/progress";
import { VaultClient } from "../../../operator/vault";
import { freePort } from "../postgres";
import { launch, type Child } from "../../processes";
import { pythonTool } from "../python";
import { loopbackCertificate } from "./certificate";
import { type Rights, setUp } from "./set-up";

/** How a server is started. */
export interface VaultServerOptions {
  /** A folder of its own for configuration, certificate, audit and server log; made where it is missing. */
  readonly dir: string;
  /** Port on 127.0.0.1; any free one unless set. */
  readonly port?: number | undefined;
  /** True for a second address without TLS, on loopback as well, for a proxy of the rehearsal that lets calls fail. Default: false. */
  readonly plain?: boolean;
  /** What the program's token may do. Default: `set-up`, which is more than a deployment needs. */
  readonly rights?: Rights;
  /** Says so while OpenBao is installed, on first use. Default: nothing is said. */
  readonly progress?: Progress;
}

/** A running server, unsealed, with a KV v2 engine at `secret/` and AppRole log-ins at `auth/approle`. */
export interface Vault {
  /** `https://127.0.0.1:<port>`. */
  readonly address: string;
  /** `http://127.0.0.1:<port>`, where one was asked for. */
  readonly plainAddress: string | undefined;
  /** The file with the certificate by which a client trusts it (`VAULT_CACERT`). */
  readonly caCertFile: string;
  readonly caCert: string;
  readonly version: string;
  /** The program's token: an AppRole log-in's, good for hours, for what `set-up.ts` lists and nothing else. */
  readonly token: SecretText;
  /** One line of JSON for every request and answer, values hashed by the server. */
  readonly auditFile: string;
  readonly logFile: string;
  readonly pid: number;
  /** A client for the given token; for none, an anonymous one. Ended with the server. */
  client(token?: SecretText): VaultClient;
  /** Lets the server outlive this process. */
  keep(): void;
  stop(): Promise<void>;
  kill(): Promise<void>;
}

const REQUIREMENTS = join(__dirname, "requirements.txt");
const START_MS = 30_000;
const PORT_TRIES = 5;

/** Starts a server and sets it up. Fails with the end of its log when it does not come up; then nothing is left running. */
export async function startVault(options: VaultServerOptions): Promise<Vault> {
  const dir = resolve(options.dir);
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const bin = await pythonTool({
    name: "openbao",
    requirements: REQUIREMENTS,
    progress: options.progress,
  });
  const { key, certificate: caCert } = loopbackCertificate();
  const caCertFile = join(dir, "ca.pem");
  await writeFile(caCertFile, caCert);
  await writeFile(join(dir, "key.pem"), key, { mode: 0o600 });
  const plainPort = options.plain === true ? await freePort() : undefined;
  const place = { dir, port: options.port, plainPort, caCert };
  const { child, address } = await serve(join(bin, "bao"), place);
  const clients: VaultClient[] = [];
  const client = (token?: SecretText) => {
    const made = new VaultClient({ address, caCert, token });
    clients.push(made);
    return made;
  };
  const end = async (how: () => Promise<unknown>) => {
    for (const one of clients.splice(0)) one.close();
    await how();
  };
  try {
    const { token, version } = await setUp(client(), options.rights ?? "set-up");
    return {
      address,
      plainAddress: plainPort === undefined ? undefined : `http://127.0.0.1:${plainPort}`,
      caCertFile,
      caCert,
      version,
      token,
      auditFile: join(dir, "audit.log"),
      logFile: join(dir, "server.log"),
      pid: child.pid,
      client,
      keep: () => child.keep(),
      stop: () => end(() => child.stop()),
      kill: () => end(() => child.kill()),
    };
  } catch (error) {
    await end(() => child.kill());
    throw error;
  } finally {
    // The server has read it; what is not on the disk cannot be copied.
    await rm(join(dir, "key.pem"), { force: true });
  }
}

interface Place {
  readonly dir: string;
  readonly port: number | undefined;
  readonly plainPort: number | undefined;
  readonly caCert: string;
}

async function serve(
  program: string,
  { dir, port, plainPort, caCert }: Place,
): Promise<{ child: Child; address: string }> {
  for (let tries = 1; ; tries++) {
    const chosen = port ?? (await freePort());
    const address = `https://127.0.0.1:${chosen}`;
    const file = join(dir, "server.hcl");
    await writeFile(file, configuration(dir, chosen, plainPort), { mode: 0o600 });
    const child = await launch({
      name: "OpenBao",
      command: program,
      args: ["server", `-config=${file}`],
      cwd: dir,
      env: { PATH: process.env["PATH"] ?? "/usr/bin:/bin", HOME: dir },
      leash: "wrapped",
      logFile: join(dir, "server.log"),
    });
    const probe = new VaultClient({ address, caCert, timeoutMs: 2_000 });
    try {
      await child.ready(async () => (await probe.read("sys/seal-status")) !== undefined, START_MS);
      return { child, address };
    } catch (error) {
      await child.kill();
      // Somebody may have taken the port between the look and the start.
      if (port !== undefined || tries >= PORT_TRIES) throw error;
    } finally {
      probe.close();
    }
  }
}

function configuration(dir: string, port: number, plainPort: number | undefined): string {
  const quoted = (path: string) => JSON.stringify(join(dir, path));
  const plain = `listener "tcp" {
  address     = "127.0.0.1:${plainPort}"
  tls_disable = true
}
`;
  return `storage "inmem" {}
listener "tcp" {
  address       = "127.0.0.1:${port}"
  tls_cert_file = ${quoted("ca.pem")}
  tls_key_file  = ${quoted("key.pem")}
}
${plainPort === undefined ? "" : plain}audit "file" "rekey" {
  description = "every request and answer, values hashed"
  options {
    file_path = ${quoted("audit.log")}
  }
}
api_addr  = "https://127.0.0.1:${port}"
log_level = "warn"
ui        = false
`;
}
