import { join } from "node:path";
import { ROTATIONS } from "../../components/records";
import type { RotationRecord } from "../../components/rotation";
import { packPath, policyEnvironment } from "../../policies/run";
import type { Clouds } from "../../rehearsal/clouds";
import { STACK } from "../../rehearsal/project";
import { localProviders } from "../../rehearsal/providers";
import { Session, openSession, prepareSystem } from "../../rehearsal/session";
import { REHEARSED } from "../../rehearsal/systems";
import type { SystemRehearsal } from "../../rehearsal/systems/system";
import { System, inventory } from "../../stacks/inventory";
import { explain } from "../engine-errors";
import { RekeyError } from "../errors";
import { observer } from "../events";
import type { Progress } from "../output";
import { readStackFile, withChanges, writeStackFile } from "../record-file";
import { OpenStack, openStack, plainEnvironment } from "../workspace";
import type { PlainMap } from "../yaml-text";
import { carriedSettings } from "./plain-settings";
import type { StateResource } from "./state-export";
import { readState } from "./state-source";

/** The records on both sides, by secret's name, the head's settings, and the day. */
export interface RehearsedRecords {
  readonly base: ReadonlyMap<string, RotationRecord>;
  readonly head: ReadonlyMap<string, RotationRecord>;
  /** What the head's settings file says under `config`; its plain settings of the program itself are taken over. */
  readonly config?: PlainMap;
  /** The day that accepted findings of the policies are held against; unless set, none counts as expired. */
  readonly day?: string | undefined;
}

/** What the real engine made of a change, on local clouds. */
export interface RehearsedChange {
  /** The state after the base was brought up. */
  readonly resources: readonly StateResource[];
  /** What the preview of the head would do, such as `create capanel-secret-key-b`. */
  readonly steps: readonly string[];
  /** Why the preview failed, in the engine's words without a secret; null if it did not. */
  readonly failure: string | null;
}

/**
 * Brings the records of the base up in the rehearsal, system by system, and previews those of the head there with the policy pack: the
 * real engine, with no real cloud and no secret of a real stack, so that a fork's change may have it. Secrets that somebody else issues
 * stay as the rehearsal makes them: their values cannot be made up.
 *
 * The base's records are brought up with the head's program, as no code of the base is run: what the pack refuses of that program is the
 * failure that is told.
 *
 * @throws what the rehearsal throws if its clouds cannot be started.
 */
export async function rehearseChange(
  systems: readonly System[],
  records: RehearsedRecords,
  progress: Progress,
): Promise<RehearsedChange> {
  const changes: RehearsedChange[] = [];
  for (const system of systems)
    changes.push(await REHEARSED[system]({ ...records, progress }, rehearseSystem));
  return {
    resources: changes.flatMap(({ resources }) => resources),
    steps: changes.flatMap(({ steps }) => steps),
    failure: changes.find(({ failure }) => failure !== null)?.failure ?? null,
  };
}

async function rehearseSystem<C extends Clouds>(
  system: SystemRehearsal<C>,
  { base, head, config = {}, day, progress }: RehearsedRecords & { readonly progress: Progress },
): Promise<RehearsedChange> {
  const session = await openSession(system, {
    providers: "local",
    overlapSeconds: 0,
    progress,
    day,
  });
  try {
    const settings = await prepareSystem(session, system);
    const environment = String(settings["rekey:environment"]);
    const names = rehearsedSecrets(system.name, environment);
    const carried = carriedSettings(
      config,
      localProviders().map(({ name }) => name),
    );
    await writeRecords(session, names, base, carried);
    const refused = await bringUp(session);
    if (refused !== undefined) return { resources: [], steps: [], failure: refused };
    const resources = await stateOf(session);
    await writeRecords(session, names, head, carried);
    progress.step("preview the records of the head");
    return { resources, ...(await preview(session)) };
  } finally {
    await session.close();
  }
}

/** Brings the base's records up with the head's program, and says why the engine or the pack refused that. */
async function bringUp(session: Session): Promise<string | undefined> {
  try {
    await session.update("bring up the records of the base", { create: true, previewFirst: true });
    return undefined;
  } catch (error) {
    if (!(error instanceof RekeyError)) throw error;
    return `with the records of the base, ${error.path === undefined ? "" : `${error.path} `}${error.message}`;
  }
}

/**
 * The secrets whose records a rehearsal takes over: those that it can make values for, without those that move with another and so have no
 * record of their own.
 */
export function rehearsedSecrets(system: System, environment: string): string[] {
  return inventory([system], environment)
    .filter(({ source, movesWith }) => source === "generated" && movesWith === undefined)
    .map(({ name }) => name);
}

async function writeRecords(
  { project }: Pick<Session, "project">,
  names: readonly string[],
  records: ReadonlyMap<string, RotationRecord>,
  carried: PlainMap,
): Promise<void> {
  const file = await readStackFile(join(project.work, `Pulumi.${STACK}.yaml`));
  const chosen = names.flatMap((name) => {
    const record = records.get(name);
    return record === undefined ? [] : [[name, record]];
  });
  // The editor of records quotes what the engine would take for something else, such as a time.
  const rotations = Object.fromEntries(chosen) as PlainMap;
  const changes = { config: { ...carried, [ROTATIONS]: rotations } };
  await writeStackFile(file, withChanges(file, changes));
}

async function stateOf({ project }: Pick<Session, "project">): Promise<readonly StateResource[]> {
  const state = await readState({ cwd: project.work, stack: STACK }, undefined, project.env);
  if (state.kind !== "none") return state.resources;
  throw new Error(`the rehearsal's state cannot be read: ${state.why}`);
}

async function preview({
  engine,
  project,
  policyPackConfigs,
}: Pick<Session, "engine" | "project" | "policyPackConfigs">): Promise<
  Pick<RehearsedChange, "steps" | "failure">
> {
  const env = plainEnvironment(policyEnvironment(project.env));
  const place = { cwd: project.work, stack: STACK, command: engine.command, env };
  const { observed, onEvent } = observer(() => undefined);
  const told = () => observed.steps.map(({ operation, name }) => `${operation} ${name}`);
  let opened: OpenStack | undefined;
  try {
    opened = await openStack(place);
    await opened.stack.preview({
      onEvent,
      color: "never",
      suppressProgress: true,
      policyPacks: [packPath],
      policyPackConfigs,
    });
    return { steps: told(), failure: null };
  } catch (error) {
    const { path, message } = explain(error, { place, observed, mistake: opened?.mistake() });
    return { steps: told(), failure: path === undefined ? message : `${path} ${message}` };
  }
}
