import { createInterface } from "node:readline";
import { spawn } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { parseDocument } from "yaml";
import type { RotationRecord } from "../../components/rotation";
import { HOME } from "../../operator/workspace";
import { silent } from "../../operator/output";
import { STACK } from "../../rehearsal/project";
import { Session, openSession, prepareSystem } from "../../rehearsal/session";
import { capanelRehearsal } from "../../rehearsal/systems/capanel";
import type { CapanelClouds } from "../../rehearsal/systems/capanel/clouds";
import type { Stage } from "../../rehearsal/systems/system";

/** Longest that a test on the real engine may take; the first one on a new machine also builds the engine. */
export const ENGINE_MS = 20 * 60_000;

/** capanel, up and running on local clouds. */
export interface Rehearsed {
  readonly session: Session<CapanelClouds>;
  readonly stage: Stage<CapanelClouds>;
}

/** Starts local clouds and brings capanel up on them. Close the session in the end. */
export async function capanelUp(overlapSeconds = 0): Promise<Rehearsed> {
  const session = await openSession(capanelRehearsal, {
    providers: "local",
    overlapSeconds,
    progress: silent,
  });
  try {
    await prepareSystem(session, capanelRehearsal);
    const { outputs } = await session.update("up", { create: true });
    const { clouds, project } = session;
    return { session, stage: { clouds, project, outputs } };
  } catch (error) {
    await session.close();
    throw error;
  }
}

/** The stack's settings file. */
export function settingsFile({ project }: Session): string {
  return join(project.work, `Pulumi.${STACK}.yaml`);
}

/** Writes a record by hand, as a careless editor would: nothing checks it. */
export async function editRecord(
  session: Session,
  secret: string,
  record: RotationRecord,
): Promise<void> {
  const path = settingsFile(session);
  const document = parseDocument(await readFile(path, "utf8"));
  document.setIn(["config", "rekey:rotations", secret], record);
  await writeFile(path, document.toString());
}

/** What a command did. */
export interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** A command that runs: how to end it, and how it ended. */
export interface Running {
  readonly pid: number;
  readonly ended: Promise<Ran>;
}

/** Starts `rekey <args>` as a user would, in the session's project. */
export function startRekey(
  { project, engine }: Session,
  args: readonly string[],
  { input = "", onLine }: { input?: string; onLine?: (line: string) => void } = {},
): Running {
  const path = [dirname(engine.path), project.env["PATH"] ?? ""].join(delimiter);
  const child = spawn(process.execPath, [join(HOME, "bin/rekey.cjs"), ...args], {
    cwd: project.work,
    env: { ...project.env, PATH: path, PULUMI_STACK: STACK },
    stdio: ["pipe", "pipe", "pipe"],
  });
  const out: string[] = [];
  const err: string[] = [];
  createInterface(child.stdout).on("line", (line) => out.push(line));
  createInterface(child.stderr).on("line", (line) => {
    err.push(line);
    onLine?.(line);
  });
  child.stdin.end(input);
  const ended = new Promise<Ran>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, out: out.join("\n"), err: err.join("\n") }));
  });
  return { pid: child.pid ?? 0, ended };
}

/** Runs `rekey <args>` to its end. */
export function runRekey(session: Session, args: readonly string[], input = ""): Promise<Ran> {
  return startRekey(session, args, { input }).ended;
}
