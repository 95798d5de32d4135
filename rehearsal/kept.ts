import { readFile, rm, writeFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { z } from "zod";
import { RekeyError } from "../operator/errors";
import { alive } from "../operator/recovery/alive";
import { HOME } from "../operator/workspace";
import { Clouds } from "./clouds";
import { KEPT, PREFIX } from "./leftovers";
import { Project, STACK } from "./project";

/** What a shell reads to reach them. */
const REACH = "reach.env";
const kept = z.strictObject({
  pids: z.array(z.number().int().min(2)),
  /** What lies outside the rehearsal's own folder. */
  folders: z.array(z.string()),
});

/** Clouds that outlive the rehearsal. */
export interface Kept {
  readonly project: Project;
  readonly clouds: Clouds;
}

/** Unties the clouds from this process and notes, in a file of mode 0600 in their folder, what has to be ended and how to reach it. */
export async function noteKept({ project, clouds }: Kept): Promise<void> {
  const write = (name: string, text: string) =>
    writeFile(join(project.root, name), text, { mode: 0o600 });
  await write(KEPT, `${JSON.stringify({ pids: clouds.pids, folders: [clouds.postgres.home] })}\n`);
  const reach = {
    ...Object.fromEntries(
      Object.entries(project.env).filter(([name]) => name.startsWith("PULUMI_")),
    ),
    ...clouds.environment,
  };
  await write(
    REACH,
    Object.entries(reach)
      .map(([name, value]) => `export ${name}='${value}'\n`)
      .join(""),
  );
  await clouds.keep();
}

/** How to reach the clouds that were kept, in commands that work from any folder; no password in it. */
export function keptText({ project, clouds }: Kept): string {
  const width = Math.max(...Object.keys(clouds.addresses).map((name) => name.length));
  const rekey = `node ${quoted(join(HOME, "bin/rekey.cjs"))}`;
  const reach = quoted(join(project.root, REACH));
  return [
    "The clouds are still running:",
    ...Object.entries(clouds.addresses).map(
      ([name, address]) => `  ${name.padEnd(width)}  ${address}`,
    ),
    ...(clouds.ending ?? []).map((name) => `  ${name.padEnd(width)}  ended with this command`),
    `The stack: . ${reach} && ${rekey} status -C ${quoted(project.work)} -s ${STACK}`,
    `End them with: ${rekey} rehearse --end ${quoted(project.root)}`,
  ].join("\n");
}

/** A path as a shell takes it. */
function quoted(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`;
}

/** What was ended of a rehearsal that was kept. */
export interface Ended {
  readonly processes: number;
  /** The folder that is gone. */
  readonly removed: string;
}

/** Ends the clouds of an earlier `--keep` and removes their folder. */
export async function endKept(folder: string): Promise<Ended> {
  const root = resolve(folder);
  const text = await readFile(join(root, KEPT), "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (text === undefined || !basename(root).startsWith(PREFIX))
    throw RekeyError.usage({
      message: `${root} is no folder of a rehearsal that was kept`,
      path: "--end",
      allowed: "the folder that `rekey rehearse --keep` named",
      fix: "rekey rehearse --keep names it in its last line",
    });
  const { pids, folders } = kept.parse(JSON.parse(text));
  const running = pids.filter(alive);
  for (const pid of running) process.kill(pid, "SIGTERM");
  const deadline = Date.now() + 10_000;
  while (running.some(alive) && Date.now() < deadline)
    await new Promise((next) => setTimeout(next, 50));
  for (const pid of running.filter(alive)) process.kill(pid, "SIGKILL");
  for (const made of [...folders, root])
    await rm(made, { recursive: true, force: true, maxRetries: 5 });
  return { processes: running.length, removed: root };
}
