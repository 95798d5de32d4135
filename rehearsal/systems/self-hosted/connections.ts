import { Client } from "pg";
import type { Clouds } from "../../clouds";
import { readEnvFile } from "../../clouds/host/env-file";
import type { Postgres } from "../../clouds/postgres";
import { until } from "../../processes";
import type { Busy, Connections, Exposed, Held } from "../system";
import type { Machine } from "./machine";

/** How many connections drain at a retirement, and how many an emergency ends. */
const [BUSY, EXPOSED] = [5, 10];
/** Any number that only the rehearsal uses: what the query of a busy connection waits for. */
const LOCK = 7_202_602;
const POLL_MS = 20;
const CLOSED_WITHIN_MS = 600_000;
const ENDED_WITHIN_MS = 30_000;

/** How long-lived connections to a self-hosted system's database are held; `secret` is what opens them. */
export function databaseConnections<C extends Clouds & { readonly machine: Machine }>(
  secret: string,
  database: string,
): Connections<C> {
  return {
    secret,
    busy: ({ clouds: { machine } }, held) => busyConnections(machine, database, held),
    exposed: ({ clouds: { machine } }, held) =>
      exposedConnections(machine.postgres, database, held),
  };
}

/**
 * Workers in a query that takes until their user is being retired, such as a report that was begun before the rotation. Then they look
 * into the env file, find another user there and leave.
 */
async function busyConnections(
  { postgres, envFile }: Machine,
  database: string,
  held: Held,
): Promise<Busy> {
  const administrator = await openOne(postgres, database);
  await administrator.query("SELECT pg_advisory_lock($1)", [LOCK]);
  const workers = await openMany(postgres, database, held, BUSY);
  const queries = workers.map((worker) =>
    worker.query("SELECT pg_advisory_xact_lock_shared($1)", [LOCK]),
  );
  // One that is cut before anybody waits for it is no unhandled rejection: `leave` counts it.
  for (const query of queries) query.catch(() => undefined);
  let over = false;
  const close = () => {
    over = true;
    return closeAll([...workers, administrator]);
  };
  return {
    count: BUSY,
    leave: async () => {
      const closed = async () => over || (await isClosed(administrator, held));
      await until("the user is being retired", closed, CLOSED_WITHIN_MS);
      const { POSTGRES_USER: user } = await readEnvFile(envFile);
      if (user === held.username) throw new Error("the env file names the user that is retired");
      await administrator.query("SELECT pg_advisory_unlock($1)", [LOCK]);
      const done = await Promise.allSettled(queries);
      await close();
      return { cut: done.filter(({ status }) => status === "rejected").length };
    },
    close,
  };
}

/** Connections at work until they are cut, and when the last one was. */
async function exposedConnections(
  postgres: Postgres,
  database: string,
  held: Held,
): Promise<Exposed> {
  const administrator = await openOne(postgres, database);
  const clients = await openMany(postgres, database, held, EXPOSED);
  const ends = Promise.all(clients.map(endOf));
  const [works, closed] = [clients.map(workUntilCut), lastOpen(administrator, held)];
  // Who never asks for them, because something else failed first, has that to say.
  for (const waited of [...works, closed]) waited.catch(() => undefined);
  return {
    ended: async () => {
      const open = await closed;
      const gone = async () => (await connectionsOf(administrator, held)) === 0;
      await until("the connections of the exposed user end", gone, ENDED_WITHIN_MS);
      const last = Math.max(...(await ends));
      await Promise.all(works);
      return { connections: clients.length, afterMs: Math.round(last - open) };
    },
    close: () => closeAll([...clients, administrator]),
  };
}

/** When the credential was last seen to work: what is measured from there is never too short. */
async function lastOpen(administrator: Client, held: Held): Promise<number> {
  for (let open = performance.now(); ;) {
    const asked = performance.now();
    if (await isClosed(administrator, held)) return open;
    open = asked;
    await new Promise((next) => setTimeout(next, POLL_MS));
  }
}

async function workUntilCut(client: Client): Promise<void> {
  for (;;)
    try {
      await client.query("SELECT pg_sleep(0.1)");
    } catch (error) {
      // 57P01 is the server's word for it; a connection that is gone already has none.
      const { code = "57P01" } = error as NodeJS.ErrnoException;
      if (code === "57P01") return;
      throw error;
    }
}

function endOf(client: Client): Promise<number> {
  return new Promise((resolve) => client.once("end", () => resolve(performance.now())));
}

/** True once nobody can log in as the user any more: without a password, without log-in, or gone. */
async function isClosed(administrator: Client, { username }: Held): Promise<boolean> {
  const { rowCount } = await administrator.query(
    "SELECT FROM pg_authid WHERE rolname = $1 AND rolcanlogin AND rolpassword IS NOT NULL",
    [username],
  );
  return rowCount === 0;
}

async function connectionsOf(administrator: Client, { username }: Held): Promise<number> {
  const { rowCount } = await administrator.query(
    "SELECT FROM pg_stat_activity WHERE usename = $1",
    [username],
  );
  return rowCount ?? 0;
}

function openMany(
  postgres: Postgres,
  database: string,
  { username = "", value }: Held,
  count: number,
): Promise<Client[]> {
  const user = { user: username, password: value.reveal() };
  return Promise.all(Array.from({ length: count }, () => openOne(postgres, database, user)));
}

/** An open connection, the administrator's unless a user is given. */
async function openOne(
  { host, port, adminUser, adminPassword }: Postgres,
  database: string,
  login = { user: adminUser, password: adminPassword },
): Promise<Client> {
  const client = new Client({ host, port, database, ...login });
  // The server ends some of these on purpose; what is under way on them fails by itself.
  client.on("error", () => undefined);
  await client.connect();
  return client;
}

async function closeAll(clients: readonly Client[]): Promise<void> {
  await Promise.allSettled(clients.map((client) => client.end()));
}
