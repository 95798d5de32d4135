import { tmpdir } from "node:os";
import { Engine, findEngine } from "../engine";
import type { Progress } from "../operator/output";
import { writePolicyConfiguration } from "../operator/policy-configuration";
import { UpOptions, UpResult, up } from "../operator/up";
import { plainEnvironment } from "../operator/workspace";
import { packPath, policyEnvironment } from "../policies/run";
import { AttachedProviders, attachProviders } from "./attached";
import type { Clouds } from "./clouds";
import { rehearsalEnvironment, requireSpace } from "./guard";
import { endIfInterrupted } from "./interruption";
import { endEngines, removeFolder, sweep } from "./leftovers";
import { Project, Providers, STACK, makeProject } from "./project";
import { writeSettings } from "./settings";
import type { SystemRehearsal } from "./systems/system";

/** What a session is started with. */
export interface SessionOptions {
  readonly providers: Providers;
  readonly overlapSeconds: number;
  readonly googlePort?: number | undefined;
  readonly postgresPort?: number | undefined;
  /** The stores that keep secrets, where a system lets its stack choose. */
  readonly backends?: readonly string[] | undefined;
  readonly progress: Progress;
  /** Starts our provider servers once instead of at every update; unless set, the engine starts them, as in production. */
  readonly attach?: boolean;
  /** The day that accepted findings of the policies are held against, `YYYY-MM-DD`; unless set, none counts as expired. */
  readonly day?: string | undefined;
}

/** Runs the engine on the session's stack, with the policy pack; `what` is shown while it runs. */
export type Update = (what: string, more?: Partial<UpOptions>) => Promise<UpResult>;

/** Local clouds with a project of their own, while a rehearsal or a test works with them. */
export interface Session<C extends Clouds = Clouds> {
  readonly engine: Engine;
  readonly clouds: C;
  readonly project: Project;
  /** The configuration of the policy pack, as the engine takes it: one file, or none. */
  readonly policyPackConfigs: string[];
  readonly update: Update;
  /** When the engine was there, by the clock of `performance.now()`. */
  readonly began: number;
  /** All that the engine, its events and the operator's commands said so far; where leaks are looked for. */
  readonly said: string[];
  /** Ends every process and removes every file. */
  close(): Promise<void>;
}

/**
 * Makes a project and starts the system's local clouds. If anything fails, nothing is left running or lying about.
 *
 * @throws RekeyError (exit code 2) where the environment holds a cloud credential, space is short or a port is taken.
 */
export async function openSession<C extends Clouds>(
  system: SystemRehearsal<C>,
  options: SessionOptions,
): Promise<Session<C>> {
  const environment = rehearsalEnvironment(process.env);
  await requireSpace(tmpdir());
  const engine = await findEngine({ progress: options.progress });
  const began = performance.now();
  await sweep();
  const project = await makeProject(options.providers, environment);
  const { close, attach, start } = endings(project);
  try {
    const policyPackConfigs = await writePolicyConfiguration(
      { cwd: project.work, day: options.day },
      project.root,
    );
    const wanted = options.attach === true && options.providers === "local";
    const attached = wanted ? await attach(attachProviders(project, system.providers)) : undefined;
    const clouds = await start(system.start({ ...options, dir: project.root }));
    const said: string[] = [];
    const env = plainEnvironment(policyEnvironment({ ...project.env, ...attached?.env }));
    const update = updater(
      { engine, clouds, project, policyPackConfigs, said },
      env,
      options.progress,
    );
    return { engine, clouds, project, policyPackConfigs, update, began, said, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** How a session ends, from its project's first file on: once, whether it ends by itself, by a failure or by a signal. */
function endings(project: Project) {
  let attached: Promise<AttachedProviders> | undefined;
  let clouds: Promise<Clouds> | undefined;
  // What fails to start ends its own parts, and whoever started it tells of it.
  const stop = (part: Promise<{ stop(): Promise<void> }> | undefined) =>
    part?.then(
      (started) => started.stop(),
      () => undefined,
    );
  const end = async () => {
    await stop(attached);
    await endEngines(String(project.env["PULUMI_HOME"]));
    await stop(clouds);
    await removeFolder(project.root);
    takeBack();
  };
  let ending: Promise<void> | undefined;
  const close = () => (ending ??= end());
  const takeBack = endIfInterrupted(close);
  return {
    close,
    attach: (starting: Promise<AttachedProviders>) => (attached = starting),
    start: <C extends Clouds>(starting: Promise<C>) => {
      clouds = starting;
      return starting;
    },
  };
}

/** Makes what is there before rekey, writes the stack's settings, and returns them. */
export async function prepareSystem<C extends Clouds>(
  { clouds, project, engine }: Session<C>,
  system: SystemRehearsal<C>,
): Promise<Readonly<Record<string, unknown>>> {
  const settings = await system.prepare(clouds, project);
  await writeSettings(project, engine, settings);
  return settings;
}

function updater(
  {
    engine,
    clouds,
    project,
    policyPackConfigs,
    said,
  }: Pick<Session, "engine" | "clouds" | "project" | "policyPackConfigs" | "said">,
  env: Readonly<Record<string, string>>,
  progress: Progress,
): Update {
  return async (what, more = {}) => {
    progress.step(what);
    const result = await up({
      cwd: project.work,
      stack: STACK,
      command: engine.command,
      env,
      policyPacks: [packPath],
      policyPackConfigs,
      progress: (line) => {
        said.push(line);
        progress.step(`${what}: ${line}`);
      },
      heard: (text) => void said.push(text),
      ...more,
    });
    said.push(JSON.stringify(result));
    await clouds.settled?.();
    progress.note(`${what}: done`);
    return result;
  };
}
