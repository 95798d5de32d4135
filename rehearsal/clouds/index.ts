import type { Postgres } from "./postgres";

/** What a part of the rehearsal is: the real program, an emulator of it, or a fake of our own. */
export type Kind = "real" | "emulated" | "fake";

/** How the clouds are started. */
export interface CloudOptions {
  /** A folder of their own. */
  readonly dir: string;
  /** Ports on 127.0.0.1; any free one unless set. */
  readonly googlePort?: number | undefined;
  readonly postgresPort?: number | undefined;
  /** The stores that keep secrets, where a system lets its stack choose; `aws` unless set. */
  readonly backends?: readonly string[] | undefined;
  /** Seconds in which the old and the new revision of a service both serve. */
  readonly overlapSeconds: number;
}

/** The local clouds of one system while they run. Every system has a database; each adds what it needs besides. */
export interface Clouds {
  readonly postgres: Postgres;
  /** What runs and how real it is. */
  readonly kinds: readonly { readonly name: string; readonly kind: Kind }[];
  /** Where each can be reached, by what it is called; no password in it. */
  readonly addresses: Readonly<Record<string, string>>;
  /** What ends with this process even where they are kept, by name: simulators inside it. None unless set. */
  readonly ending?: readonly string[];
  /** What a shell must know to work with them; holds credentials. */
  readonly environment: Readonly<Record<string, string>>;
  /** The processes that outlive this one when they are kept. */
  readonly pids: readonly number[];
  /** Resolves when nothing answers any more that an update has replaced, where that takes a moment longer than the update. At once unless set. */
  settled?(): Promise<void>;
  /** Lets them outlive this process; what cannot (a simulator inside it) ends now. */
  keep(): Promise<void>;
  stop(): Promise<void>;
}

/** A part of the clouds: how it is ended, and how it is left running; one that cannot be left running is ended. */
export interface Part {
  readonly stop: () => Promise<unknown>;
  readonly keep?: () => void;
}

/** The parts that run so far, ended together in the reverse order. */
export interface Parts {
  /** Takes on a part that was just started. */
  readonly add: (part: Part) => void;
  readonly keep: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** Starts the parts of a system's clouds; if one of them fails, those that run are ended. */
export async function startTogether<T>(start: (parts: Parts) => Promise<T>): Promise<T> {
  const running: Part[] = [];
  const parts: Parts = {
    add: (part) => void running.push(part),
    keep: async () => {
      for (const { keep, stop } of running) {
        if (keep) keep();
        else await stop();
      }
    },
    stop: async () => {
      for (const { stop } of running.splice(0).reverse()) await stop();
    },
  };
  try {
    return await start(parts);
  } catch (error) {
    await parts.stop();
    throw error;
  }
}

/** The variables by which PostgreSQL's own programs find the server as its administrator. */
export function postgresEnvironment(postgres: Postgres): Record<string, string> {
  return {
    PGHOST: postgres.host,
    PGPORT: String(postgres.port),
    PGUSER: postgres.adminUser,
    PGPASSWORD: postgres.adminPassword,
  };
}
