import { Client } from "pg";
import type { Postgres } from "../../clouds/postgres";
import { readEnvFile } from "../../clouds/host/env-file";
import type { LoadWorker } from "../../traffic";
import type { Machine } from "./machine";

const WORKERS = 5;
const LOOK_MS = 1_000;
/** How long one query takes at the server: the pace of a worker. */
const QUERY_SECONDS = 0.1;

/** A user of the database, as the env file names it. */
interface Login {
  readonly user: string;
  readonly password: string;
}

/**
 * Workers with a long-lived connection each, such as those of a queue: they log in as whom the env file names, query without a pause, look
 * into the file every second and leave for the next user after the query under way. A connection that is cut is a failure.
 */
export function databaseWorkers({ postgres, envFile }: Machine, database: string): LoadWorker[] {
  return Array.from({ length: WORKERS }, () => ({
    kind: "worker",
    work: async (told, stopped) => {
      while (!stopped.aborted) {
        const began = performance.now();
        try {
          await serve(postgres, database, await loginOf(envFile), { envFile, told, stopped });
        } catch (error) {
          told(performance.now() - began, problemOf(error));
          // A server that is down would otherwise be asked as fast as it refuses.
          await new Promise((next) => setTimeout(next, LOOK_MS));
        }
      }
    },
  }));
}

interface Round {
  readonly envFile: string;
  readonly told: (milliseconds: number) => void;
  readonly stopped: AbortSignal;
}

/** One connection from log-in until the env file names another user. */
async function serve(
  { host, port }: Postgres,
  database: string,
  { user, password }: Login,
  { envFile, told, stopped }: Round,
): Promise<void> {
  const client = new Client({ host, port, database, user, password });
  let lost: Error | undefined;
  client.on("error", (error) => (lost = error));
  await client.connect();
  try {
    for (let looked = performance.now(); !stopped.aborted;) {
      const began = performance.now();
      await client.query("SELECT pg_sleep($1)", [QUERY_SECONDS]);
      if (lost !== undefined) throw lost;
      told(performance.now() - began);
      if (performance.now() - looked < LOOK_MS) continue;
      looked = performance.now();
      if ((await loginOf(envFile)).user !== user) return;
    }
  } finally {
    await client.end();
  }
}

async function loginOf(envFile: string): Promise<Login> {
  const { POSTGRES_USER: user = "", POSTGRES_PASSWORD: password = "" } = await readEnvFile(envFile);
  return { user, password };
}

// The server's own code, or the network's: other messages might quote a value.
function problemOf(error: unknown): string {
  if (!(error instanceof Error)) return "unknown error";
  return (error as NodeJS.ErrnoException).code ?? error.name;
}
