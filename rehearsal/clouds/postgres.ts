/**
 * A real PostgreSQL on loopback for the rehearsal: password authentication only (SCRAM), no Unix sockets, gone with the process that started
 * it. It is tuned to start fast: what it said was committed survives a killed server, as in production, but no machine that loses power
 * (`fsync=off`). Never keep anything in it.
 */
import { randomBytes } from "node:crypto";
import {
  chown,
  mkdir,
  mkdtemp,
  open,
  readFile,
  readlink,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { createServer } from "node:net";
import { dirname, join, resolve } from "node:path";
import { Client } from "pg";
import { launch, type Child } from "../processes";
import {
  postgresBinaries,
  sharedFolder,
  traversable,
  type PostgresBinaries,
} from "./postgres-binaries";

/** How the server is started. */
export interface PostgresOptions {
  /** A folder of its own for the server; made if missing. An existing data folder in it is started again (give `adminPassword` then). */
  readonly dir: string;
  /** Port on 127.0.0.1. Default 0: any free one. */
  readonly port?: number;
  /** Writes every statement to the log file, as `log_statement=all` does: what a test greps for plain passwords. Default: false. */
  readonly log?: boolean;
  /** The administrator's password. Default: a random one, for a new data folder only. */
  readonly adminPassword?: string;
}

/** A running server. */
export interface Postgres {
  readonly host: "127.0.0.1";
  readonly port: number;
  /** The superuser. */
  readonly adminUser: string;
  readonly adminPassword: string;
  /** The server's version, e.g. `18.4`. */
  readonly version: string;
  /** Folder of the server's data and log. */
  readonly home: string;
  /** Folder of the server's programs. */
  readonly binDir: string;
  /** The server's log; it holds statements only with the option `log`. */
  readonly logFile: string;
  /** The postmaster's process id. */
  readonly pid: number;
  /** Lets the server outlive this process. */
  keep(): void;
  /** Fast shutdown: open sessions are ended. The data stays. */
  stop(): Promise<void>;
  /** SIGKILL to the postmaster, as in a crash. The data stays. */
  kill(): Promise<void>;
  /** Stops the server and deletes its data and its log. */
  remove(): Promise<void>;
}

const ADMIN = "postgres";
const START_DEADLINE_MS = 30_000;
const PORT_TRIES = 5;

/** Starts a server, with a new data folder unless `dir` has one. Fails with the end of the server's log when it does not come up. */
export async function startPostgres(options: PostgresOptions): Promise<Postgres> {
  const binaries = await postgresBinaries();
  const place = await prepare(resolve(options.dir), binaries);
  if (place.existing && options.adminPassword === undefined) {
    throw new Error(
      `${place.data} already holds a database: give its adminPassword, or remove the folder for a new one`,
    );
  }
  const adminPassword = options.adminPassword ?? randomBytes(24).toString("base64url");
  if (!place.existing) await initialise(binaries, place, adminPassword);
  const logFile = join(place.home, "server.log");
  const { child, port } = await serve(binaries, place.data, logFile, options);
  return {
    host: "127.0.0.1",
    port,
    adminUser: ADMIN,
    adminPassword,
    version: await serverVersion(port, adminPassword, child),
    home: place.home,
    binDir: binaries.binDir,
    logFile,
    pid: child.pid,
    keep: () => child.keep(),
    stop: async () => void (await child.stop()),
    kill: async () => void (await child.kill()),
    remove: async () => {
      await child.stop();
      await rm(place.home, { recursive: true, force: true });
      await rm(resolve(options.dir), { recursive: true, force: true });
    },
  };
}

interface Place {
  /** Folder of the data and the log. */
  readonly home: string;
  readonly data: string;
  readonly existing: boolean;
}

async function prepare(dir: string, { user }: PostgresBinaries): Promise<Place> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  let home = dir;
  if (user !== undefined) {
    if (!(await traversable(dirname(dir)))) home = await elsewhere(dir);
    await chown(home, user.uid, user.gid);
  }
  const data = join(home, "data");
  const existing = (await unlessMissing(stat(join(data, "PG_VERSION")))) !== undefined;
  return { home, data, existing };
}

// The server's user cannot reach a folder below a private one of root's; its data then stands in the temporary folder, found again by a link.
async function elsewhere(dir: string): Promise<string> {
  const link = join(dir, "elsewhere");
  const known = await unlessMissing(readlink(link));
  if (known !== undefined && (await unlessMissing(stat(known))) !== undefined) return known;
  const home = await mkdtemp(join(await sharedFolder(), "rekey-postgres-"));
  await rm(link, { force: true });
  await symlink(home, link);
  return home;
}

async function unlessMissing<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

async function initialise(
  binaries: PostgresBinaries,
  place: Place,
  password: string,
): Promise<void> {
  const passwordFile = join(place.home, "initial-password");
  await writeFile(passwordFile, password, { mode: 0o600, flag: "wx" });
  try {
    if (binaries.user !== undefined) {
      await chown(passwordFile, binaries.user.uid, binaries.user.gid);
    }
    const child = await launch({
      name: "initdb",
      command: join(binaries.binDir, "initdb"),
      args: [
        `--pgdata=${place.data}`,
        `--username=${ADMIN}`,
        `--pwfile=${passwordFile}`,
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--locale=C",
        "--no-sync",
        "--no-instructions",
      ],
      env: serverEnvironment(),
      cwd: place.home,
      user: binaries.user,
      leash: "wrapped",
    });
    const { code } = await child.exit;
    if (code !== 0) throw new Error(`initdb failed: ${child.tail().trim().slice(-1000)}`);
  } finally {
    await rm(passwordFile, { force: true });
  }
}

async function serve(
  { binDir, user }: PostgresBinaries,
  data: string,
  logFile: string,
  options: PostgresOptions,
): Promise<{ child: Child; port: number }> {
  await (await open(logFile, "a", 0o600)).close();
  for (let tries = 1; ; tries++) {
    const port = options.port || (await freePort());
    const settings = {
      listen_addresses: "127.0.0.1",
      port: String(port),
      unix_socket_directories: "",
      fsync: "off",
      full_page_writes: "off",
      shared_buffers: "32MB",
      password_encryption: "scram-sha-256",
      log_statement: options.log === true ? "all" : "none",
      // A failing statement is otherwise quoted in the log even when statements are not to be logged.
      log_min_error_statement: options.log === true ? "error" : "panic",
    };
    const child = await launch({
      name: "PostgreSQL",
      command: join(binDir, "postgres"),
      args: ["-D", data, ...Object.entries(settings).flatMap(([k, v]) => ["-c", `${k}=${v}`])],
      env: serverEnvironment(),
      cwd: data,
      user,
      leash: "wrapped",
      endSignal: "SIGINT",
      logFile,
    });
    try {
      await child.ready(() => accepts(data, child.pid), START_DEADLINE_MS);
      return { child, port };
    } catch (error) {
      await child.kill();
      // Between finding a free port and binding it, another process may take it.
      const taken = (await readFile(logFile, "utf8"))
        .slice(-2000)
        .includes("Address already in use");
      if (!taken || options.port || tries >= PORT_TRIES) throw error;
    }
  }
}

// The postmaster writes its state as the last line of this file; reading it costs less than trying to connect.
async function accepts(data: string, pid: number): Promise<boolean> {
  const lines = (await readFile(join(data, "postmaster.pid"), "utf8")).split("\n");
  return lines[0] === String(pid) && lines[7]?.trim() === "ready";
}

async function serverVersion(port: number, password: string, child: Child): Promise<string> {
  const client = new Client({ host: "127.0.0.1", port, user: ADMIN, password, database: ADMIN });
  try {
    await client.connect();
    const { rows } = await client.query<{ server_version: string }>("SHOW server_version");
    return rows[0]?.server_version.split(" ")[0] ?? "unknown";
  } catch (error) {
    await child.stop();
    throw error;
  } finally {
    await client.end();
  }
}

function serverEnvironment(): Record<string, string> {
  return { PATH: process.env["PATH"] ?? "/usr/bin:/bin", LC_ALL: "C", TZ: "UTC" };
}

/** A port of 127.0.0.1 that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  if (address === null || typeof address === "string") throw new Error("no port was assigned");
  return address.port;
}
