import { readFile, rm, writeFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { z } from "zod";
import { RekeyError } from "../operator/errors";
import { alive } from "../operator/recovery/alive";
import { Clouds } from "./clouds";
import { Project, STACK } from "./project";

const FILE = "kept.json";
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
  await write(FILE, `${JSON.stringify({ pids: clouds.pids, folders: [clouds.postgres.home] })}\n`);
  const reach = {
    ...Object.fromEntries(
      Object.entries(project.env).filter(([name]) => name.startsWith("PULUMI_")),
    ),
    ...clouds.environment,
  };
  await write(
    "reach.env",
    Object.entries(reach)
      .map(([name, value]) => `export ${name}='${value}'\n`)
      .join(""),
  );
  await clouds.keep();
}

/** How to reach the clouds that were kept; no password in it. */
export function keptText({ project, clouds }: Kept): string {
  const width = Math.max(...Object.keys(clouds.addresses).map((name) => name.length));
  return [
    "The clouds are still running:",
    ...Object.entries(clouds.addresses).map(
      ([name, address]) => `  ${name.padEnd(width)}  ${address}`,
    ),
    `  ${"the stack".padEnd(width)}  cd ${project.work} && . ../reach.env && rekey status -s ${STACK}`,
    `End them with: rekey rehearse --end ${project.root}`,
  ].join("\n");
}

/** Ends the clouds of an earlier `--keep` and removes their folder. */
export async function endKept(folder: string): Promise<string> {
  const root = resolve(folder);
  const text = await readFile(join(root, FILE), "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (text === undefined || !basename(root).startsWith("rekey-rehearsal-"))
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
  return `ended ${running.length} process(es) and removed ${root}`;
}
