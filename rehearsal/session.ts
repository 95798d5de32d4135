import { tmpdir } from "node:os";
import { Engine, findEngine } from "../engine";
import type { Progress } from "../operator/output";
import { UpOptions, UpResult, up } from "../operator/up";
import { plainEnvironment } from "../operator/workspace";
import { packPath, policyEnvironment } from "../policies/run";
import { AttachedProviders, attachProviders } from "./attached";
import type { Clouds } from "./clouds";
import { rehearsalEnvironment, requireSpace } from "./guard";
import { Project, Providers, STACK, makeProject, removeProject } from "./project";
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
}

/** Runs the engine on the session's stack, with the policy pack; `what` is shown while it runs. */
export type Update = (what: string, more?: Partial<UpOptions>) => Promise<UpResult>;

/** Local clouds with a project of their own, while a rehearsal or a test works with them. */
export interface Session<C extends Clouds = Clouds> {
  readonly engine: Engine;
  readonly clouds: C;
  readonly project: Project;
  readonly update: Update;
  /** When the engine was there, by the clock of `performance.now()`. */
  readonly began: number;
  /** All that the engine and the operator's code said so far; where leaks are looked for. */
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
  const project = await makeProject(options.providers, environment);
  let attached: AttachedProviders | undefined;
  try {
    if (options.attach === true && options.providers === "local")
      attached = await attachProviders(project, system.providers);
    const clouds = await system.start({ ...options, dir: project.root });
    const said: string[] = [];
    const close = async () => {
      await attached?.stop();
      await clouds.stop();
      await removeProject(project);
    };
    const env = plainEnvironment(policyEnvironment({ ...project.env, ...attached?.env }));
    const update = updater(engine, project, env, options.progress, said);
    return { engine, clouds, project, update, began, said, close };
  } catch (error) {
    await attached?.stop();
    await removeProject(project);
    throw error;
  }
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
  engine: Engine,
  project: Project,
  env: Readonly<Record<string, string>>,
  progress: Progress,
  said: string[],
): Update {
  return async (what, more = {}) => {
    progress.step(what);
    const result = await up({
      cwd: project.work,
      stack: STACK,
      command: engine.command,
      env,
      policyPacks: [packPath],
      progress: (line) => {
        said.push(line);
        progress.step(`${what}: ${line}`);
      },
      ...more,
    });
    const { steps, messages, notes } = result.observed;
    said.push(...messages, ...notes, JSON.stringify(steps), JSON.stringify(result.outputs));
    progress.note(`${what}: done`);
    return result;
  };
}
