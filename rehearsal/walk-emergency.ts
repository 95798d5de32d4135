import type { SecretDeclaration } from "../components/inventory";
import type { Clouds } from "./clouds";
import { until } from "./processes";
import { watchRetirement } from "./retirement-watch";
import { Answer, Connections, Holdings, Stage, SystemRehearsal, held } from "./systems/system";
import { Tried, tryAgainst } from "./systems/trials";
import type { Traffic } from "./traffic";
import type { WalkOptions } from "./walk";
import { namesOf } from "./walk-choice";
import { BACKUPS_KEPT, cutOff, inTime } from "./walk-evidence";

/** How many requests of each kind are sent when all is done, about. */
const ROUNDS = 5;
const WORK_ON_WITHIN_MS = 120_000;

/** What an emergency left. */
export interface AfterEmergency {
  /** What was exposed and is refused now. */
  readonly exposed: Holdings;
  readonly now: Holdings;
  readonly tried: readonly Tried[];
}

/**
 * Replaces the secrets chosen by one command, without grace and while clients work: those that hold what was exposed are cut off, and no
 * other request may fail. Where few of a system's secrets go through every move, its clients stop before: what such a secret promises is
 * seen by clients that did nothing meanwhile. What others issue gets new values too, and a person revokes the old ones when the command has ended.
 *
 * @param before what is held of everything in use; `hold` is asked for it again afterwards.
 */
export async function emergency<C extends Clouds>(
  given: WalkOptions<C>,
  chosen: readonly SecretDeclaration[],
  before: Holdings,
  hold: () => Promise<Holdings>,
): Promise<AfterEmergency> {
  const { moves, traffic, system, stage } = given;
  // Nothing else opens the backups of its time, so an emergency replaces a backup's key and leaves the old one.
  const gone = namesOf(chosen.filter((secret) => secret.class !== "backup-key"));
  const leading = chosen.filter(({ movesWith }) => movesWith === undefined);
  const connections = connectionsOf(system, chosen);
  const exposed = await connections?.exposed(stage, held(before, connections.secret));
  const watch = watchRetirement(system, stage, before, gone, "the command");
  const clientsWork = system.walk === "every-move";
  if (!clientsWork) await traffic.stop();
  const cutsEnd = traffic.cutOffs();
  try {
    const external = leading.some(({ source }) => source === "external");
    await moves.emergency(namesOf(leading), external ? system.issue(stage.clouds) : new Map());
    const watched = await watch.ended();
    const cut = await exposed?.ended();
    const now = await hold();
    await system.cutOver?.(stage, among(now, gone));
    if (clientsWork) await traffic.renew();
    cutsEnd();
    const cuts = connections && cut ? [cutOff(connections.secret, cut)] : [];
    const tried = [...cuts, ...watched, ...(await tryAll(given, chosen, before, now))];
    if (clientsWork) await workOn(traffic);
    return { exposed: among(before, gone), now, tried };
  } finally {
    await Promise.allSettled([exposed?.close(), watch.stop()]);
  }
}

/** Tries what was exposed and what took its place; on the way the old values of others are revoked where they were issued. */
async function tryAll<C extends Clouds>(
  { system, stage }: WalkOptions<C>,
  chosen: readonly SecretDeclaration[],
  before: Holdings,
  now: Holdings,
): Promise<Tried[]> {
  const names = namesOf(chosen);
  const kept = namesOf(chosen.filter((secret) => secret.class === "backup-key"));
  const issued = namesOf(chosen.filter((secret) => isRevokedByIssuer(system, secret)));
  const replaced = names.filter((name) => !kept.includes(name) && !issued.includes(name));
  const tries = (
    holdings: Holdings,
    some: readonly string[],
    promised: Answer,
    whose: string,
  ): Promise<Tried[]> => tryAgainst(system, stage, holdings, some, promised, whose);
  return [
    ...(await tries(before, replaced, "refused", "the exposed generation")),
    ...(await tries(before, issued, "accepted", "the exposed generation, not revoked yet")),
    ...(await revoked(system, stage, among(before, [...replaced, ...issued]), issued)),
    ...(await tries(before, kept, "accepted", "the key of earlier backups")),
    ...kept.map((secret) => ({ secret, ok: true, evidence: BACKUPS_KEPT })),
    ...(await tries(now, names, "accepted", "its successor")),
  ];
}

/** Revokes the old values where they were issued, and sees how soon each of those named is refused there. */
async function revoked<C extends Clouds>(
  system: SystemRehearsal<C>,
  stage: Stage<C>,
  old: Holdings,
  names: readonly string[],
): Promise<Tried[]> {
  const at = performance.now();
  await system.revoke(stage, old);
  const tried = await Promise.all(
    names.map(async (name) => {
      const whose = "the exposed generation, revoked";
      const one = await tryAgainst(system, stage, old, [name], "refused", whose);
      const afterMs = performance.now() - at;
      return one.map((each) => inTime(each, afterMs));
    }),
  );
  return tried.flat();
}

/** Clients work on for a while: a request that still needed what was retired or revoked fails, and that is counted. */
async function workOn(traffic: Traffic): Promise<void> {
  const { sent, kinds } = traffic.report();
  const enough = sent + ROUNDS * Object.keys(kinds).length;
  await until("clients work on", () => traffic.report().sent >= enough, WORK_ON_WITHIN_MS);
}

/** The connections to look at: those of a user that is replaced. */
function connectionsOf<C extends Clouds>(
  { connections }: SystemRehearsal<C>,
  chosen: readonly SecretDeclaration[],
): Connections<C> | undefined {
  return chosen.some(({ name }) => name === connections?.secret) ? connections : undefined;
}

function among(holdings: Holdings, names: readonly string[]): Holdings {
  return new Map(names.map((name) => [name, held(holdings, name)]));
}

/** True where the old value is refused by nobody but its issuer: the application only shows it there. */
function isRevokedByIssuer<C extends Clouds>(
  { trials }: SystemRehearsal<C>,
  { name, source }: SecretDeclaration,
): boolean {
  return source === "external" && trials[name]?.status === undefined;
}
