import type { SecretDeclaration, Tier } from "../components/inventory";
import type { Clouds } from "./clouds";
import type { Moves } from "./moves";
import type { Update } from "./session";
import type { Traffic } from "./traffic";
import { RetirementWatch, watchRetirement } from "./retirement-watch";
import { held } from "./systems/system";
import type { Answer, Busy, Holdings, Stage, SystemRehearsal, WalkedMove } from "./systems/system";
import { Tried, tryAgainst } from "./systems/trials";
import { WalkChoice, namesOf } from "./walk-choice";
import { emergency } from "./walk-emergency";
import { drained, jobNotes, sameState, sameValues } from "./walk-evidence";

/** What a walk is made of: the moves, and the look at every consumer after an activation. */
export type WalkMove = WalkedMove | "verify";

/** One move of one secret, and what was seen after it. */
export interface MoveReport {
  readonly secret: string;
  readonly move: WalkMove;
  readonly ok: boolean;
  /** One line for each thing that was tried; no values. */
  readonly evidence: readonly string[];
}

/** What a walk works with. */
export interface WalkOptions<C extends Clouds> {
  readonly system: SystemRehearsal<C>;
  /** The system's secrets, as this environment has them. */
  readonly secrets: readonly SecretDeclaration[];
  readonly stage: Stage<C>;
  readonly traffic: Traffic;
  readonly moves: Moves;
  readonly update: Update;
}

/** What a walk ends with. */
export interface Walked {
  /** What was held before the last rotation, and after it. */
  readonly old: Holdings;
  readonly now: Holdings;
  /** Everything that was held on the way; none of it may be found in what the run wrote. */
  readonly seen: readonly Holdings[];
  readonly moves: readonly MoveReport[];
}

/**
 * Walks a system through its moves while clients work, and tries old and new values after each. The emergency comes last: it cuts the
 * clients off.
 */
export async function walk<C extends Clouds>(options: WalkOptions<C>): Promise<Walked> {
  const steps = new Steps(options);
  try {
    await steps.begin();
    for (const tier of steps.choice.rounds()) {
      await steps.withdrawal(tier);
      await steps.staging(tier);
      await steps.activation(tier);
      await steps.backAndForward(tier);
      await steps.retirement(tier);
    }
    await steps.emergency();
    return steps.end();
  } finally {
    await steps.close();
  }
}

class Steps<C extends Clouds> {
  readonly choice: WalkChoice;
  private readonly seen: Holdings[] = [];
  private readonly reports: MoveReport[] = [];
  private old: Holdings = new Map();
  private now: Holdings = new Map();
  private busy: Busy | undefined;
  private watch: RetirementWatch | undefined;

  constructor(private readonly given: WalkOptions<C>) {
    this.choice = new WalkChoice(given.system, given.secrets);
  }

  async begin(): Promise<void> {
    this.old = this.now = await this.hold();
  }

  end(): Walked {
    return { old: this.old, now: this.now, seen: this.seen, moves: this.reports };
  }

  /** Ends what a step that failed left at work. */
  async close(): Promise<void> {
    await Promise.allSettled([this.busy?.close(), this.watch?.stop()]);
  }

  async staging(tier?: Tier): Promise<void> {
    const { moves, update } = this.given;
    const names = namesOf(this.choice.of(tier));
    await moves.stage(this.issued(this.choice.of(tier)), tier);
    await update(`stage the next generation of every secret${of(tier)}`);
    this.note("stage", [
      ...(await this.tries(this.now, "accepted", "", names)),
      ...(await this.seenAfter("stage", names)),
    ]);
  }

  /** The staged generation proves bad: it goes, and the next one gets a new number. */
  async withdrawal(tier?: Tier): Promise<void> {
    const { moves, update, system, stage } = this.given;
    const every = this.choice.every(tier);
    if (every.length === 0) return;
    const [among, names] = [this.choice.amongEvery(tier), namesOf(every)];
    const before = await system.snapshot?.(stage);
    await moves.stage(this.issued(every), among);
    await update("stage a generation that will prove bad");
    const staged = await this.hold("staged");
    this.note("stage", await this.seenAfter("stage", names));
    await moves.withdraw(among);
    await update("withdraw: the staged generation goes again");
    await system.revoke(stage, staged);
    this.note("withdraw", [
      ...sameState(every, "as before the stage", before, await system.snapshot?.(stage)),
      ...(await this.tries(staged, "refused", "the withdrawn generation", names)),
      ...(await this.tries(this.now, "accepted", "the one in use", names)),
      ...(await this.seenAfter("withdraw", names)),
    ]);
  }

  async activation(tier?: Tier): Promise<void> {
    const { moves, update, system, stage, secrets } = this.given;
    const names = namesOf(this.choice.of(tier));
    const { connections } = system;
    if (connections) this.busy = await connections.busy(stage, held(this.now, connections.secret));
    await moves.activate(tier);
    const { observed } = await update(
      `activate: consumers move, the old generation is in grace${of(tier)}`,
    );
    this.now = await this.hold();
    this.note("activate", [
      ...(await this.tries(this.now, "accepted", "the new generation", names)),
      ...(await this.seenAfter("activate", names)),
      ...jobNotes(secrets, observed.notes),
    ]);
    const many = this.acceptMany().filter((name) => names.includes(name));
    this.note("verify", await this.tries(this.old, "accepted", "in grace", many));
  }

  /** A roll back and a second activation end where the straight way ends. */
  async backAndForward(tier?: Tier): Promise<void> {
    const { moves, update, system, stage } = this.given;
    const every = this.choice.every(tier);
    if (every.length === 0) return;
    const [among, names] = [this.choice.amongEvery(tier), namesOf(every)];
    const straight = await system.snapshot?.(stage);
    await moves.rollback(among);
    await update("roll back: consumers return to the generation in grace");
    const back = await this.hold();
    const many = this.acceptMany().filter((name) => names.includes(name));
    this.note("rollback", [
      ...(await this.tries(back, "accepted", "the generation returned to", names)),
      ...(await this.tries(this.now, "accepted", "what was got before the roll back", many)),
      ...sameValues(every, this.old, back),
      ...(await this.seenAfter("rollback", names)),
    ]);
    await moves.activate(among);
    await update("activate again: the roll forward ends where the straight way ended");
    const forward = await this.hold();
    this.note("verify", [
      ...(await this.tries(forward, "accepted", "rolled forward", names)),
      ...(await this.tries(this.now, "accepted", "what was got before the roll back", many)),
      ...sameValues(every, this.now, forward),
      ...sameState(every, "as on the straight way", straight, await system.snapshot?.(stage)),
      ...(await this.seenAfter("activate", names)),
    ]);
  }

  async retirement(tier?: Tier): Promise<void> {
    const { moves, update, traffic, system, stage } = this.given;
    const names = namesOf(this.choice.of(tier));
    const among = (holdings: Holdings) =>
      new Map([...holdings].filter(([name]) => names.includes(name)));
    await traffic.renew();
    await system.cutOver?.(stage, among(this.now));
    await moves.retire(tier);
    this.watch = watchRetirement(system, stage, this.old, names);
    const leaving = this.busy?.leave();
    // If the update fails, that is what is told.
    leaving?.catch(() => undefined);
    const { observed } = await update(
      `retire: the old generation stops working everywhere${of(tier)}`,
    );
    const watched = await this.watch.ended();
    const drains = this.drains(observed.notes, await leaving);
    await system.revoke(stage, among(this.old));
    this.note("retire", [
      ...watched,
      ...drains,
      ...(await this.tries(this.old, "refused", "the old generation", names)),
      ...(await this.tries(this.now, "accepted", "the new generation", names)),
      ...(await this.seenAfter("retire", names)),
    ]);
  }

  /** Every secret at once and without grace. */
  async emergency(): Promise<void> {
    const chosen = this.choice.every();
    if (chosen.length === 0) return;
    // What signed in before has run out by now, and would be refused anyway.
    const before = await this.hold();
    const { exposed, now, tried } = await emergency(this.given, chosen, before, () => this.hold());
    this.old = new Map([...this.old, ...exposed]);
    this.now = now;
    const seen = await this.seenAfter("emergency", namesOf(chosen));
    this.note("emergency", [...tried, ...seen]);
  }

  /** Those whose consumers accept every live generation; with the others the old one stays in its slot for the roll back only. */
  private acceptMany(): string[] {
    return this.given.secrets.filter(({ accepts }) => accepts === "many").map(({ name }) => name);
  }

  /** New values of those that somebody else issues, if there are any. */
  private issued(secrets: readonly SecretDeclaration[]): ReturnType<SystemRehearsal<C>["issue"]> {
    const { system, stage } = this.given;
    const external = secrets.some(({ source }) => source === "external");
    return external ? system.issue(stage.clouds) : new Map();
  }

  private async seenAfter(move: WalkedMove, names: readonly string[]): Promise<readonly Tried[]> {
    return (await this.given.system.afterMove?.(this.given.stage, move, names)) ?? [];
  }

  private async hold(which: "active" | "staged" = "active"): Promise<Holdings> {
    const holdings = await this.given.system.hold(this.given.stage, which);
    this.seen.push(holdings);
    return holdings;
  }

  private tries(
    holdings: Holdings,
    promised: Answer,
    whose = "",
    names: readonly string[] = this.given.secrets.map(({ name }) => name),
  ): Promise<Tried[]> {
    const { system, stage } = this.given;
    return tryAgainst(system, stage, holdings, names, promised, whose);
  }

  private drains(notes: readonly string[], left: { readonly cut: number } | undefined): Tried[] {
    const secret = this.given.system.connections?.secret;
    if (secret === undefined || !this.busy || !left) return [];
    const { username = "" } = held(this.old, secret);
    return [drained(secret, username, notes, { busy: this.busy.count, cut: left.cut })];
  }

  private note(move: WalkMove, tried: readonly Tried[]): void {
    for (const { name: secret } of this.given.secrets) {
      const mine = tried.filter((one) => one.secret === secret);
      if (mine.length === 0) continue;
      const evidence = mine.map((one) => one.evidence);
      this.reports.push({ secret, move, ok: mine.every(({ ok }) => ok), evidence });
    }
  }
}

function of(tier: Tier | undefined): string {
  return tier === undefined ? "" : ` (${tier})`;
}
