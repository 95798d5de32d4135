import { createInterface } from "node:readline";
import { spawn } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { parseDocument } from "yaml";
import type { RotationRecord } from "../../components/rotation";
import { HOME } from "../../operator/workspace";
import { silent } from "../../operator/output";
import type { Clouds } from "../../rehearsal/clouds";
import { STACK } from "../../rehearsal/project";
import { Session, openSession, prepareSystem } from "../../rehearsal/session";
import { capanelRehearsal } from "../../rehearsal/systems/capanel";
import type { CapanelClouds } from "../../rehearsal/systems/capanel/clouds";
import type { Stage, SystemRehearsal } from "../../rehearsal/systems/system";
import { FULL } from "./random";

/** Longest that a test on the real engine may take; the first one on a new machine also builds the engine. */
export const ENGINE_MS = 20 * 60_000;
/** The same of a test that `npm run matrix` runs at its full size. */
export const MATRIX_MS = FULL ? 90 * 60_000 : ENGINE_MS;

/** A system, up and running on local clouds. */
export interface SystemUp<C extends Clouds> {
  readonly session: Session<C>;
  readonly stage: Stage<C>;
}

/** capanel, up and running on local clouds. */
export type Rehearsed = SystemUp<CapanelClouds>;

/** Starts a system's local clouds and brings it up on them. Close the session in the end. */
export async function systemUp<C extends Clouds>(
  system: SystemRehearsal<C>,
  overlapSeconds = 0,
): Promise<SystemUp<C>> {
  const session = await openSession(system, {
    providers: "local",
    overlapSeconds,
    progress: silent,
  });
  try {
    await prepareSystem(session, system);
    const { outputs } = await session.update("up", { create: true });
    const { clouds, project, engine } = session;
    return { session, stage: { clouds, project, engine, outputs } };
  } catch (error) {
    await session.close();
    throw error;
  }
}

/** Starts local clouds and brings capanel up on them. Close the session in the end. */
export function capanelUp(overlapSeconds = 0): Promise<Rehearsed> {
  return systemUp(capanelRehearsal, overlapSeconds);
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
