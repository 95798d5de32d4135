import { readFile, readdir } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { alive, startedBefore } from "./alive";

/** Who holds a stack's lock in a file backend. */
export interface LockHolder {
  readonly pid: number;
  readonly hostname: string;
  readonly username: string;
  readonly timestamp: string;
}

const shape = z.object({
  pid: z.number().int(),
  hostname: z.string(),
  username: z.string(),
  timestamp: z.string(),
});

/**
 * Reads who locks a stack of a file backend; an empty list for any other backend, whose service ends its locks itself. The engine keeps
 * them as `.pulumi/locks/organization/<project>/<stack>/<id>.json`.
 */
export async function lockHolders(
  backend: string,
  project: string,
  stack: string,
): Promise<LockHolder[]> {
  if (!backend.startsWith("file://")) return [];
  const folder = join(backendFolder(backend), ".pulumi/locks/organization", project, stack);
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  const files = names.filter((name) => name.endsWith(".json"));
  return Promise.all(
    files.map(async (name) => shape.parse(JSON.parse(await readFile(join(folder, name), "utf8")))),
  );
}

/** True for a lock whose process was on this host and is gone: nobody else can hold it. */
export function isStale({ hostname: host, pid, timestamp }: LockHolder): boolean {
  return host === hostname() && !(alive(pid) && startedBefore(pid, Date.parse(timestamp)));
}

/** The folder of a file backend, from its address. */
export function backendFolder(backend: string): string {
  const home = process.env["HOME"] ?? "";
  if (backend.startsWith("file://~")) return join(home, backend.slice("file://~".length));
  if (backend.startsWith("file://.")) return backend.slice("file://".length);
  return fileURLToPath(backend.split("?")[0] ?? backend);
}
