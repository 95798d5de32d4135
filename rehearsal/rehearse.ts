import { existsSync } from "node:fs";
import { join } from "node:path";
import type { UpResult } from "../operator/up";
import { inventory } from "../stacks/inventory";
import { ArgumentWatch, Canary, readTree, searchTexts } from "./canaries";
import { Moves, movesOf } from "./moves";
import type { Project } from "./project";
import { RehearsalReport, SecretReport, broken, secretReport } from "./report";
import { Session, SessionOptions, openSession, prepareSystem } from "./session";
import { capanelRehearsal } from "./systems/capanel";
import type { Holdings, Stage, SystemRehearsal } from "./systems/system";

/** The systems that can be rehearsed. */
export const REHEARSED: readonly SystemRehearsal[] = [capanelRehearsal];

/** How a rehearsal is run. */
export interface RehearseOptions extends SessionOptions {
  readonly systems: readonly string[];
  /** Requests a second while it rotates. */
  readonly rate: number;
  /** Leaves the clouds running. */
  readonly keep: boolean;
}

/** A finished rehearsal: what was found, and where the clouds are if they were kept. */
export interface Rehearsed {
  readonly report: RehearsalReport;
  readonly kept?: Session;
}

/**
 * Rehearses the rotation of every secret of the systems: brings them up on local clouds, raises every generation by one while clients
 * work, verifies, retires the old, and tries the old and the new values. Leaves nothing behind unless it is told to.
 */
export async function rehearse(options: RehearseOptions): Promise<Rehearsed> {
  const session = await openSession({ ...options, attach: !options.keep });
  let kept = false;
  try {
    const systems = REHEARSED.filter(({ name }) => options.systems.includes(name));
    const results = [];
    for (const system of systems) results.push(await rehearseSystem(system, session, options.rate));
    const report: RehearsalReport = {
      engine: { version: session.engine.version, source: session.engine.source },
      clouds: session.clouds.kinds,
      systems: results.map(({ problems: _told, ...result }) => result),
      problems: results.flatMap(({ problems }) => problems),
      seconds: Math.round((performance.now() - session.began) / 100) / 10,
    };
    kept = options.keep;
    return kept ? { report, kept: session } : { report };
  } finally {
    if (!kept) await session.close();
  }
}

interface SystemResult {
  readonly name: string;
  readonly secrets: readonly SecretReport[];
  readonly requests: { readonly sent: number; readonly failed: number };
  readonly problems: readonly string[];
}

async function rehearseSystem(
  system: SystemRehearsal,
  session: Session,
  rate: number,
): Promise<SystemResult> {
  const { clouds, project, update, said } = session;
  const { google, environment } = await prepareSystem(session, system);
  const watch = new ArgumentWatch();
  const moves = movesOf(project, session.engine, environment);

  const first = await update("bring it up", { create: true });
  const stage: Stage = { clouds, project, google, outputs: first.outputs };
  const old = await system.hold(stage);
  const traffic = await system.traffic(stage, rate);
  let now: Holdings;
  let grace: string[];
  try {
    await moves.stage(system.issue(clouds));
    await update("stage the next generation of every secret");
    await moves.activate();
    await update("activate: consumers move, the old generation is in grace");
    now = await system.hold(stage);
    grace = await system.checkGrace(stage, old);
    await system.renew(traffic);
    await moves.retire();
    await update("retire: the old generation stops working everywhere");
    await system.revoke(stage, old);
  } finally {
    await traffic.stop();
  }
  const verdicts = await system.judge(stage, old, now);
  const last = await update("once more, without a change", { expectNoChanges: true });
  const secrets = rows(system, moves, verdicts, grace);
  const leaks = await searchLeaks(project, [old, now], said, await watch.stop());
  const { sent, failed, failures } = traffic.report();
  return {
    name: system.name,
    secrets,
    requests: { sent, failed },
    problems: [
      ...secrets.flatMap(broken),
      ...failures.map(({ at, kind, what }) => `a request failed after ${at} s: ${kind}: ${what}`),
      ...leaks,
      ...changed(last),
    ],
  };
}

function rows(
  system: SystemRehearsal,
  moves: Moves,
  verdicts: Awaited<ReturnType<SystemRehearsal["judge"]>>,
  grace: readonly string[],
): SecretReport[] {
  return inventory().flatMap((declared) => {
    const verdict = verdicts.get(declared.name);
    if (declared.system !== system.name || !verdict) return [];
    const { from, to } = moves.generations(declared.name);
    return [
      secretReport(declared, from, to, {
        ...verdict,
        evidence: [...verdict.evidence, ...(declared.accepts === "many" ? grace : [])],
      }),
    ];
  });
}

/** Values are looked for in whatever the run wrote or said, other than the two places made to hold them: the env file and the clouds' own data. */
async function searchLeaks(
  project: Project,
  holdings: readonly Holdings[],
  said: readonly string[],
  commandLines: string,
): Promise<string[]> {
  const canaries: Canary[] = holdings.flatMap((held) =>
    [...held].flatMap(([name, { value, signed }]) => [
      { name, value },
      ...(signed ? [{ name: `${name} (a token)`, value: signed }] : []),
    ]),
  );
  const texts = new Map<string, string>();
  for (const folder of ["work", "state", "pulumi-home"]) {
    const path = join(project.root, folder);
    if (!existsSync(path)) continue;
    const skip = new Set([join(path, ".env")]);
    for (const [name, text] of await readTree(path, skip)) texts.set(`${folder}/${name}`, text);
  }
  texts.set("what the engine said", said.join("\n"));
  texts.set("command lines", commandLines);
  return searchTexts(canaries, texts).map(
    ({ canary, form, place }) => `${canary} stands ${form} in ${place}`,
  );
}

function changed({ changes }: UpResult): string[] {
  const kinds = Object.entries(changes).filter(
    ([kind, count]) => kind !== "same" && (count ?? 0) > 0,
  );
  return kinds.map(([kind, count]) => `the second update would ${kind} ${count} resource(s)`);
}
