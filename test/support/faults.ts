/** Lets each call of a rotation fail in turn, before and after the service acted, and sees that the next update converges. */
import assert from "node:assert/strict";
import { type RotationRecord, liveGenerations, retire, rotate, slotNames } from "../../components";
import type { Fault, FaultProxy } from "../../rehearsal/clouds/fault-proxy";
import { FULL, SEED, sample, seeded, shuffled } from "./random";

/** What a failing call gets instead of its answer, by kind. */
export type Faults = Readonly<Record<string, Fault>>;

/** The ways in which an API that speaks JSON fails; `body` makes the document that it says so with. */
export function answering(body: (text: string) => object): Faults {
  const answer = (status: number, text: string): Fault => ({
    kind: "answer",
    status,
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body(text)),
  });
  return {
    serverError: answer(500, "internal error"),
    throttled: answer(429, "too many requests"),
    timeout: { kind: "timeout" },
    reset: { kind: "reset" },
  };
}

/** Services behind a proxy, and how their calls fail. */
export interface Faulted {
  readonly proxy: FaultProxy;
  readonly faults: Faults;
  /** The calls that are made to fail, by their names in the proxy. */
  readonly calls: RegExp;
  /** What the failed update must say: the store and the secret. */
  readonly told: RegExp;
}

/** A store behind a proxy, and the program that keeps one secret in it. */
export interface FaultedStore extends Faulted {
  /** Whether its client asks again for what it only reads, so that an update outlives such a failure; false unless set. */
  readonly readsAgain?: boolean;
  /** Runs an update of the record as `rekey up` does. */
  up(record: RotationRecord): Promise<{ readonly steps: readonly string[] }>;
  /** The value of a generation, past the proxy; undefined where the store has it no more. */
  value(generation: number): Promise<string | undefined>;
  /** Fails unless the store is as the record says and no more; called when an update went through. */
  settled(record: RotationRecord): Promise<void>;
}

/** One way in which one call of a move fails. */
export interface Trial {
  readonly move: "rotate" | "retire";
  /** Which of the move's calls, from 1. */
  readonly call: number;
  readonly fault: string;
  readonly when: "before" | "after";
}

/**
 * Rotates and retires once to count the calls of each, then again and again with another call failing in another way: every one under
 * `npm run matrix`, `few` of each move by the seed otherwise. Returns what was tried.
 */
export async function tryEveryCall(
  store: FaultedStore,
  start: RotationRecord,
  few: number,
): Promise<Trial[]> {
  const run = new FaultRun(store, start);
  const random = seeded(SEED);
  const waiting = {
    rotate: chosen(trialsOf("rotate", await run.passes("rotate"), store), few, random),
    retire: chosen(trialsOf("retire", await run.passes("retire"), store), few, random),
  };
  const tried: Trial[] = [];
  while (waiting.rotate.length + waiting.retire.length > 0)
    for (const move of ["rotate", "retire"] as const) {
      const trial = waiting[move].shift();
      if (trial === undefined) await run.passes(move);
      else tried.push(await run.survives(trial));
    }
  await run.isQuiet();
  return tried;
}

function trialsOf(move: Trial["move"], calls: readonly string[], store: FaultedStore): Trial[] {
  return calls.flatMap((_name, index) =>
    Object.keys(store.faults).flatMap((fault) =>
      (["before", "after"] as const).map((when): Trial => ({ move, call: index + 1, fault, when })),
    ),
  );
}

function chosen(all: readonly Trial[], few: number, random: () => number): Trial[] {
  return shuffled(all, random).slice(0, sample(all.length, few));
}

class FaultRun {
  constructor(
    private readonly store: FaultedStore,
    private record: RotationRecord,
  ) {}

  /** Makes a move without a fault. Returns its calls, in order. */
  async passes(move: Trial["move"]): Promise<string[]> {
    const { proxy, calls } = this.store;
    const next = after(this.record, move);
    proxy.forget();
    await this.store.up(next);
    this.record = next;
    await this.store.settled(next);
    return proxy.calls.map(({ name }) => name).filter((name) => calls.test(name));
  }

  /** Makes a move with one call failing, and once more without. */
  async survives(trial: Trial): Promise<Trial> {
    const { proxy, faults, calls, told } = this.store;
    const { move, call, fault, when } = trial;
    const what = `${move}: ${fault} ${when} call ${call} (REKEY_SEED=${SEED})`;
    const next = after(this.record, move);
    const staying = generations(this.record).filter((one) => generations(next).includes(one));
    const before = await this.values(staying);
    proxy.forget();
    proxy.fail({ fault: faults[fault] as Fault, matching: calls, nth: call, when });
    const failure = await this.store.up(next).then(
      () => undefined,
      (error: Error) => error.message,
    );
    proxy.heal();
    const failed = proxy.calls.find((one) => one.failed);
    assert.ok(failed !== undefined, `${what}: the call was not made: ${failure}`);
    if (failure === undefined) {
      const outlived = this.store.readsAgain === true && !isWrite(failed);
      assert.ok(outlived, `${what}: ${failed.name}: the update went through`);
      this.record = next;
      await this.store.settled(next);
      return trial;
    }
    assert.match(failure, told, `${what}: ${failed.name}`);
    // Nothing that both records have was retired or changed.
    assert.deepEqual(await this.values(staying), before, what);
    await this.store.up(next);
    this.record = next;
    const values = await this.values(generations(next));
    assert.ok(values.every(Boolean), what);
    for (const value of [...values, ...before])
      assert.ok(!failure.includes(String(value)), `${what}: the message holds a value`);
    await this.store.settled(next);
    // An update takes seconds, so the sample looks once, in the end.
    if (FULL) await this.isQuiet(what);
    return trial;
  }

  /** Fails unless one more update of the same record changes nothing and writes nothing. */
  async isQuiet(what = "in the end"): Promise<void> {
    const { proxy } = this.store;
    proxy.forget();
    assert.deepEqual((await this.store.up(this.record)).steps, [], what);
    assert.deepEqual(proxy.calls.filter(isWrite), [], what);
  }

  private values(all: readonly number[]): Promise<(string | undefined)[]> {
    return Promise.all(all.map((generation) => this.store.value(generation)));
  }
}

const WRITES = /^(POST|PUT|PATCH|DELETE) |^secretsmanager\.(?!Get|Describe|List)/;

/** Whether a call is what no second update makes. */
export function isWrite({ name }: { readonly name: string }): boolean {
  return WRITES.test(name);
}

function after(record: RotationRecord, move: Trial["move"]): RotationRecord {
  return move === "rotate" ? rotate(record, slotNames()) : retire(record);
}

function generations(record: RotationRecord): number[] {
  return liveGenerations(record).map(({ generation }) => generation);
}
