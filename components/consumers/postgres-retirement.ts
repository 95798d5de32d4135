import { AsyncResource } from "node:async_hooks";
import * as pulumi from "@pulumi/pulumi";
import type { Client } from "pg";
import { tell } from "../notes";
import { PostgresAdmin, asAdmin, inTransaction, withMembership } from "./postgres-admin";

/** How a retired role leaves. */
export interface Retirement {
  readonly admin: PostgresAdmin;
  /** The role that gets what the retired one owns. */
  readonly ownerRole: string;
  /** Seconds that open connections have to end by themselves; 0 ends them at once. */
  readonly drainSeconds: number;
}

/** What became of the connections of a retired role. */
export interface Drained {
  /** Connections that ended by themselves within the time they had. */
  readonly drained: number;
  /** Connections that were ended. */
  readonly ended: number;
}

const POLL_MS = 100;
/** How long an ended connection may take to be gone. */
const GONE_MS = 10_000;

/**
 * A hook that makes way for the drop of a retired role: no new log-ins, then time for open connections to end by themselves, then the
 * end of the rest, and finally everything that it owns or was granted goes, in every database. It says how many connections drained.
 * While it fails, the role stays, without log-in; the next `up` tries again.
 */
export function retirementHook(name: string, retirement: Retirement): pulumi.ResourceHook {
  const retire = async ({ oldInputs }: pulumi.ResourceHookArgs) => {
    const role = String((oldInputs as { name: unknown }).name);
    const { drained, ended } = await retireRole(role, retirement);
    await tell(
      `role ${role} retired: ${drained} connections ended by themselves, ${ended} were ended after ${retirement.drainSeconds} s`,
    );
  };
  // The engine calls from outside the program's context, where a log line would go to the console instead of to the engine.
  return new pulumi.ResourceHook(`${name}-drained`, AsyncResource.bind(retire));
}

/** Does what {@link retirementHook} says. Whatever part of it was done before is done again without harm. */
export async function retireRole(role: string, retirement: Retirement): Promise<Drained> {
  const { admin, ownerRole, drainSeconds } = retirement;
  const { drained, databases } = await asAdmin(admin, admin.database, async (client) => {
    const name = client.escapeIdentifier(role);
    if (!(await exists(client, role))) {
      // An update that was killed after the drop: the provider cannot drop what is not there, and would fail for ever.
      await client.query(`CREATE ROLE ${name} NOLOGIN`);
      return { drained: { drained: 0, ended: 0 }, databases: [] };
    }
    // Not NOLOGIN: if this update ends here and the slot gets a new generation, its password opens the role again, whereas nobody
    // would set LOGIN, which the state believes to be there.
    await client.query(`ALTER ROLE ${name} PASSWORD NULL`);
    return {
      drained: await drain(client, role, drainSeconds * 1000),
      databases: await traces(client, role),
    };
  });
  for (const database of databases)
    await asAdmin(admin, database, (client) => disown(client, role, ownerRole));
  return drained;
}

async function exists(client: Client, role: string): Promise<boolean> {
  const { rowCount } = await client.query("SELECT FROM pg_roles WHERE rolname = $1", [role]);
  return rowCount === 1;
}

async function drain(client: Client, role: string, withinMs: number): Promise<Drained> {
  const seen = new Set(await sessions(client, role));
  const left = await untilNone(client, role, withinMs, seen);
  if (left.length === 0) return { drained: seen.size, ended: 0 };
  await inTransaction(client, () =>
    withMembership(client, [role], () =>
      client.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1", [
        role,
      ]),
    ),
  );
  const stubborn = await untilNone(client, role, GONE_MS, seen);
  if (stubborn.length > 0)
    throw new Error(
      `role ${role} still has ${stubborn.length} connections after they were told to end (process ids ${stubborn.join(", ")}). Nothing was dropped; end them at the server, then run \`rekey up\` again`,
    );
  return { drained: seen.size - left.length, ended: left.length };
}

async function untilNone(
  client: Client,
  role: string,
  withinMs: number,
  seen: Set<number>,
): Promise<number[]> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const left = await sessions(client, role);
    left.forEach((pid) => seen.add(pid));
    const rest = deadline - Date.now();
    if (left.length === 0 || rest <= 0) return left;
    await new Promise((next) => setTimeout(next, Math.min(POLL_MS, rest)));
  }
}

async function sessions(client: Client, role: string): Promise<number[]> {
  const { rows } = await client.query<{ pid: number }>(
    "SELECT pid FROM pg_stat_activity WHERE usename = $1",
    [role],
  );
  return rows.map(({ pid }) => pid);
}

/** The databases in which the role owns or was granted something; the connected one stands for what the whole server shares. */
async function traces(client: Client, role: string): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT current_database() AS name UNION
     SELECT d.datname FROM pg_shdepend s JOIN pg_database d ON d.oid = s.dbid
       JOIN pg_roles r ON r.oid = s.refobjid AND s.refclassid = 'pg_authid'::regclass
     WHERE r.rolname = $1`,
    [role],
  );
  return rows.map(({ name }) => name);
}

async function disown(client: Client, role: string, ownerRole: string): Promise<void> {
  const [from, to] = [client.escapeIdentifier(role), client.escapeIdentifier(ownerRole)];
  await inTransaction(client, () =>
    withMembership(client, [role, ownerRole], async () => {
      await client.query(`REASSIGN OWNED BY ${from} TO ${to}`);
      // Grants to it, default privileges and policies are no property: only this takes them away.
      await client.query(`DROP OWNED BY ${from}`);
    }),
  );
}
