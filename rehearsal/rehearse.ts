import type { UpResult } from "../operator/up";
import { System, inventory } from "../stacks/inventory";
import { ArgumentWatch } from "./canaries";
import type { Clouds } from "./clouds";
import { searchLeaks } from "./leaks";
import { movesOf } from "./moves";
import { RehearsalReport, broken, brokenMove, reportText, secretReport, unproven } from "./report";
import { Session, SessionOptions, openSession, prepareSystem } from "./session";
import { REHEARSED } from "./systems";
import type { Stage, SystemRehearsal } from "./systems/system";
import { judge } from "./systems/trials";
import { walk } from "./walk";

/** How a rehearsal is run. */
export interface RehearseOptions extends SessionOptions {
  readonly systems: readonly System[];
  /** Requests a second while it rotates. */
  readonly rate: number;
  /** Leaves the clouds running; only with one system. */
  readonly keep: boolean;
}

/** A finished rehearsal: what was found, and where the clouds are if they were kept. */
export interface Rehearsed {
  readonly report: RehearsalReport;
  readonly kept?: Session;
}

/**
 * Rehearses the rotation of every secret of the systems, one system after the other: brings it up on local clouds of its own, raises
 * every generation while clients work, verifies, retires the old, and tries the old and the new values. Leaves nothing behind unless
 * it is told to.
 */
export async function rehearse(options: RehearseOptions): Promise<Rehearsed> {
  const results: SystemResult[] = [];
  for (const name of options.systems) results.push(await REHEARSED[name](options, rehearseSystem));
  const [first] = results;
  if (!first) throw new Error("no system is named");
  const { engine } = first;
  const report: RehearsalReport = {
    engine: { version: engine.version, source: engine.source },
    clouds: kindsOf(results),
    systems: results.map(({ name, secrets, moves, requests }) => ({
      name,
      secrets,
      moves,
      requests,
    })),
    problems: results.flatMap(({ problems }) => problems),
    seconds: Math.round(results.reduce((sum, { seconds }) => sum + seconds, 0) * 10) / 10,
  };
  return first.kept ? { report, kept: first.kept } : { report };
}

/** What came of one system. */
export type SystemResult = RehearsalReport["systems"][number] &
  Pick<RehearsalReport, "clouds" | "problems" | "seconds" | "engine"> & {
    readonly kept?: Session;
  };

async function rehearseSystem<C extends Clouds>(
  system: SystemRehearsal<C>,
  options: RehearseOptions,
): Promise<SystemResult> {
  // From the very first process on: what starts the clouds gets credentials too.
  const watch = new ArgumentWatch();
  let session: Session<C> | undefined;
  let kept = false;
  try {
    session = await openSession(system, { ...options, attach: !options.keep });
    const result = await rotate(system, session, options.rate, watch);
    kept = options.keep;
    return {
      ...result,
      clouds: session.clouds.kinds,
      engine: session.engine,
      seconds: (performance.now() - session.began) / 1000,
      ...(kept ? { kept: session } : {}),
    };
  } finally {
    await watch.stop();
    if (!kept) await session?.close();
  }
}

async function rotate<C extends Clouds>(
  system: SystemRehearsal<C>,
  session: Session<C>,
  rate: number,
  watch: ArgumentWatch,
): Promise<RehearsalReport["systems"][number] & Pick<RehearsalReport, "problems">> {
  const { clouds, project, engine, update } = session;
  const settings = await prepareSystem(session, system);
  const secrets = inventory(
    [system.name],
    String(settings["rekey:environment"]),
    (name) => settings[`rekey:${name}`],
  );
  const moves = movesOf(session, secrets, system.toStore);

  const first = await update("bring it up", { create: true });
  const stage: Stage<C> = { clouds, project, engine, outputs: first.outputs };
  const traffic = await system.traffic(stage, rate);
  const walked = await walk({ system, secrets, stage, traffic, moves, update }).finally(() =>
    traffic.stop(),
  );
  const verdicts = await judge(system, stage, walked.old, walked.now);
  const last = await update("once more, without a change", { expectNoChanges: true });
  const written = (await system.unchanged?.(stage)) ?? [];
  const untried: string[] = [];
  const rows = secrets.flatMap((declared) => {
    const verdict = verdicts.get(declared.name);
    if (!verdict) return [];
    if (system.walk === "every-move") untried.push(...unproven(declared, verdict));
    const { from, to } = moves.generations(declared.name);
    const stores = system.storesOf?.(clouds, declared.stores) ?? declared.stores;
    return [secretReport({ ...declared, stores }, from, to, verdict)];
  });
  const { sent, failed, cut, failures, seconds } = traffic.report();
  const found = {
    name: system.name,
    secrets: rows,
    moves: walked.moves,
    requests: { sent, failed, cut, seconds: Math.round(seconds * 10) / 10 },
  };
  const problems = [
    ...rows.flatMap(broken),
    ...untried,
    ...walked.moves.flatMap(brokenMove),
    ...failures.map(({ at, kind, what }) => `a request failed after ${at} s: ${kind}: ${what}`),
    ...changed(last),
    ...written,
  ];
  const { version, source } = engine;
  const report = {
    engine: { version, source },
    clouds: clouds.kinds,
    systems: [found],
    problems,
    seconds: 0,
  };
  const leaks = await searchLeaks(session, secrets, walked.seen, {
    "command lines": await watch.stop(),
    "the report": `${JSON.stringify(report)}\n${reportText(report, UNCUT)}`,
  });
  return { ...found, problems: [...problems, ...leaks] };
}

/** Columns of a terminal on which no line of a report is broken. */
const UNCUT = 10_000;

function kindsOf(results: readonly SystemResult[]): RehearsalReport["clouds"] {
  const kinds = results.flatMap(({ clouds }) => clouds);
  return kinds.filter(({ name }, at) => kinds.findIndex((one) => one.name === name) === at);
}

function changed({ changes }: UpResult): string[] {
  const kinds = Object.entries(changes).filter(
    ([kind, count]) => kind !== "same" && (count ?? 0) > 0,
  );
  return kinds.map(([kind, count]) => `the second update would ${kind} ${count} resource(s)`);
}
