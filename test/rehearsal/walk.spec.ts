import assert from "node:assert/strict";
import { SecretText } from "../../components/secret-text";
import type { Clouds } from "../../rehearsal/clouds";
import type { Among, Moves } from "../../rehearsal/moves";
import type { Update } from "../../rehearsal/session";
import type { Held, Stage, SystemRehearsal } from "../../rehearsal/systems/system";
import type { Traffic } from "../../rehearsal/traffic";
import { WalkOptions, walk } from "../../rehearsal/walk";
import { inventory } from "../../stacks/inventory";

const secrets = inventory(["project"]);
const NAMES = secrets.map(({ name }) => name);
const PAIR = ["VAPID_PRIVATE_KEY", "VAPID_PUBLIC_KEY"];

/** A system whose consumers know the generations that the moves so far left them, and a note of all that was done to it. */
class Fake {
  readonly done: string[] = [];
  private generation = 1;
  private active = 1;
  private live = [1];

  options(more: Partial<SystemRehearsal>): WalkOptions<Clouds> {
    const system = {
      walk: "rotation",
      inTiers: true,
      issue: () => new Map(),
      hold: (_: Stage, which = "active") => Promise.resolve(this.hold(which)),
      afterMove: (_: Stage, move: string, names: readonly string[]) => {
        this.done.push(`seen after ${move}: ${names.length}`);
        return Promise.resolve([]);
      },
      revoke: () => Promise.resolve(),
      trials: Object.fromEntries(NAMES.map((name) => [name, this.trial()])),
      ...more,
    } as unknown as SystemRehearsal;
    const update = (() => Promise.resolve({ observed: { notes: [] } })) as unknown as Update;
    let sent = 0;
    const traffic = {
      renew: () => Promise.resolve(),
      stop: () => Promise.resolve(this.done.push("load stopped")),
      cutOffs: () => () => undefined,
      report: () => ({ sent: (sent += 10), kinds: { page: {} } }),
    } as unknown as Traffic;
    const stage = {} as Stage;
    return { system, secrets, stage, traffic, moves: this.moves(), update };
  }

  /** Values by generation; every secret moves as one, which is enough to follow those named. */
  private hold(which: string): ReadonlyMap<string, Held> {
    const generation = which === "active" ? this.active : this.generation;
    return new Map(NAMES.map((name) => [name, { value: new SecretText(String(generation)) }]));
  }

  private trial() {
    return {
      what: "a request",
      attempt: (_: Stage, { value }: Held) =>
        Promise.resolve(this.live.includes(Number(value.reveal())) ? "accepted" : "refused"),
    };
  }

  private moves(): Moves {
    const note = (what: string, among: Among | undefined) =>
      Promise.resolve(void this.done.push(`${what} ${String(among ?? "all")}`));
    const activate = (among?: Among) => {
      this.active = this.generation;
      return note("activate", among);
    };
    return {
      stage: (_, among) => {
        this.live.push(++this.generation);
        return note("stage", among);
      },
      withdraw: (among) => {
        this.live.pop();
        return note("withdraw", among);
      },
      activate,
      rollback: (among) => {
        this.active = this.live[0] ?? 0;
        return note("rollback", among);
      },
      retire: (among) => {
        this.live = [this.active];
        return note("retire", among);
      },
      emergency: (names) => {
        this.live = [(this.active = ++this.generation)];
        return note("emergency", names);
      },
      generations: () => ({ from: 1, to: this.active }),
    };
  }
}

describe("rehearsal/walk", () => {
  it("takes what is named through every move within its tier's round, and the rest of the system through a rotation", async () => {
    const fake = new Fake();
    const { moves } = await walk(fake.options({ everyMove: ["VAPID_PRIVATE_KEY"] }));
    const made = fake.done.filter((line) => !line.startsWith("seen"));
    assert.deepEqual(made.slice(3), [
      "stage VAPID_PRIVATE_KEY",
      "withdraw VAPID_PRIVATE_KEY",
      "stage high",
      "activate high",
      "rollback VAPID_PRIVATE_KEY",
      "activate VAPID_PRIVATE_KEY",
      "retire high",
      "stage optional",
      "activate optional",
      "retire optional",
      "load stopped",
      "emergency VAPID_PRIVATE_KEY",
    ]);
    const only = ["withdraw", "rollback", "emergency"];
    for (const { secret, move } of moves)
      if (only.includes(move)) assert.ok(PAIR.includes(secret), `${secret}, ${move}`);
    for (const move of only)
      assert.deepEqual(
        moves.filter((one) => one.move === move).map(({ secret }) => secret),
        PAIR,
      );
  });

  it("looks after each of these moves at those that moved", async () => {
    const fake = new Fake();
    await walk(fake.options({ everyMove: ["VAPID_PRIVATE_KEY"] }));
    const seen = fake.done.filter((line) => line.startsWith("seen"));
    assert.deepEqual(seen.slice(3, 10), [
      ...["stage: 2", "withdraw: 2", "stage: 6", "activate: 6", "rollback: 2", "activate: 2"].map(
        (line) => `seen after ${line}`,
      ),
      "seen after retire: 6",
    ]);
    assert.equal(seen.at(-1), "seen after emergency: 2");
  });

  it("gives what the emergency replaced as what is old at the end", async () => {
    const { old, now } = await walk(
      new Fake().options({ inTiers: false, everyMove: ["VAPID_PRIVATE_KEY"] }),
    );
    const valueOf = (holdings: ReadonlyMap<string, Held>, name: string) =>
      holdings.get(name)?.value.reveal();
    assert.deepEqual([valueOf(old, "VAPID_PRIVATE_KEY"), valueOf(old, "JWT_SECRET")], ["3", "1"]);
    assert.equal(valueOf(now, "VAPID_PRIVATE_KEY"), "4");
  });

  it("takes a whole system through every move, all secrets at once, and replaces them all in the emergency", async () => {
    const fake = new Fake();
    const leaders = secrets.filter(({ movesWith }) => movesWith === undefined);
    const { moves } = await walk(fake.options({ walk: "every-move", inTiers: false }));
    assert.deepEqual(
      fake.done.filter((line) => !line.startsWith("seen")),
      [
        ...["stage", "withdraw", "stage", "activate", "rollback", "activate", "retire"].map(
          (move) => `${move} all`,
        ),
        `emergency ${leaders.map(({ name }) => name).join()}`,
      ],
    );
    for (const move of ["withdraw", "rollback"])
      assert.deepEqual(
        moves.filter((one) => one.move === move).map(({ secret }) => secret),
        NAMES,
      );
  });

  it("leaves a rotation without such names at stage, activate and retire", async () => {
    const fake = new Fake();
    const { moves } = await walk(fake.options({ inTiers: false }));
    assert.deepEqual(
      new Set(moves.map(({ move }) => move)),
      new Set(["stage", "activate", "verify", "retire"]),
    );
    assert.ok(!fake.done.some((line) => line.startsWith("emergency")));
  });
});
