import { randomUUID } from "node:crypto";
import { link, mkdir, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";

const shape = z.object({ pid: z.number().int(), host: z.string(), id: z.string() });

/** Who holds a lock. */
export type Holder = z.infer<typeof shape>;

/** How to wait for a lock. */
export interface LockOptions {
  /** Told again and again while another process holds the lock. */
  onWait?: (holder: Holder) => void;
  /** Gives up after this long. Default: 30 minutes, many times a build. */
  patienceMs?: number;
  /** A lock that shows no sign of life for this long is cleared, whatever its process. Default: one minute. */
  silenceMs?: number;
}

const INTERVAL_MS = 200;
const PATIENCE_MS = 30 * 60_000;
const SILENCE_MS = 60_000;
const BEAT_MS = 5_000;

/**
 * Runs `work` while no other process holds the same lock. The lock of a process that is gone is cleared at once; one whose process
 * cannot be judged (another machine, a number that was given anew) when its file stops being touched. It saves work and is no more
 * than that: what it guards must be safe without it, since a lock file alone cannot exclude every race.
 *
 * @throws Error when another process still holds the lock after `patienceMs`; names the file to delete.
 */
export async function withLock<Result>(
  file: string,
  work: () => Promise<Result>,
  options: LockOptions = {},
): Promise<Result> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const own: Holder = { pid: process.pid, host: hostname(), id: randomUUID() };
  await acquire(file, own, options);
  const beat = setInterval(() => void touch(file), BEAT_MS).unref();
  try {
    return await work();
  } finally {
    clearInterval(beat);
    await release(file, own);
  }
}

/** True while a process of this number runs on this machine, whoever owns it. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

async function acquire(file: string, own: Holder, options: LockOptions): Promise<void> {
  const { onWait = () => {}, patienceMs = PATIENCE_MS, silenceMs = SILENCE_MS } = options;
  const deadline = performance.now() + patienceMs;
  let sign = { of: "", since: 0 };
  for (;;) {
    if (await take(file, own)) return;
    const holder = await read(file);
    if (holder === undefined) continue;
    const latest = `${holder.id} ${await touched(file)}`;
    // Only whether the time stamp moves counts, on our own clock: the other machine's clock may be wrong.
    if (sign.of !== latest) sign = { of: latest, since: performance.now() };
    const silent = performance.now() - sign.since > silenceMs;
    if (silent || (holder.host === own.host && !isAlive(holder.pid))) {
      await clear(file, holder, own);
      continue;
    }
    if (performance.now() > deadline) {
      throw new Error(`process ${holder.pid} on ${holder.host} still holds ${file}; delete it`);
    }
    onWait(holder);
    await pause(INTERVAL_MS);
  }
}

async function take(file: string, own: Holder): Promise<boolean> {
  const draft = `${file}.${own.id}`;
  await writeFile(draft, JSON.stringify(own));
  try {
    // Unlike an exclusive create, a link appears with its content: nobody ever reads half a lock.
    await link(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

async function clear(file: string, stale: Holder, own: Holder): Promise<void> {
  const aside = `${file}.${own.id}.stale`;
  const moved = await rename(file, aside).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      // Another process cleared it first.
      if (error.code === "ENOENT") return false;
      throw error;
    },
  );
  if (!moved) return;
  const found = await read(aside);
  // Between our look and our move another process may have cleared it and taken the lock: give that one back.
  if (found !== undefined && found.id !== stale.id) await putBack(aside, file);
  await rm(aside, { force: true });
}

async function putBack(aside: string, file: string): Promise<void> {
  await link(aside, file).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
  });
}

async function touch(file: string): Promise<void> {
  const now = new Date();
  // Another process may have cleared the lock while this one was suspended; the work is safe without it.
  await utimes(file, now, now).catch(unlessGone);
}

async function touched(file: string): Promise<number | undefined> {
  return (await stat(file).catch(unlessGone))?.mtimeMs;
}

async function release(file: string, own: Holder): Promise<void> {
  const holder = await read(file);
  if (holder?.id === own.id) await rm(file, { force: true });
}

async function read(file: string): Promise<Holder | undefined> {
  const text = await readFile(file, "utf8").catch(unlessGone);
  return text === undefined ? undefined : parse(text, file);
}

function parse(text: string, file: string): Holder {
  const parsed = shape.safeParse(toJson(text));
  if (!parsed.success) throw new Error(`${file} is not a lock of rekey; delete it`);
  return parsed.data;
}

function toJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function unlessGone(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") throw error;
}
