/** Lets each call of a first deployment fail in turn, before and after the service acted, and sees that the next update converges. */
import assert from "node:assert/strict";
import type { Fault } from "../../rehearsal/clouds/fault-proxy";
import { type Faulted, isWrite } from "./faults";
import { FULL, SEED, sample, seeded, shuffled } from "./random";

/** A stack that was never deployed, with names of its own. */
export interface FreshStack {
  /** Runs an update as `rekey up` does. */
  up(): Promise<{ readonly steps: readonly string[] }>;
  /** Fails unless everything is there once, as declared; called when an update went through. */
  settled(): Promise<void>;
  remove(): Promise<void>;
}

/** What is deployed anew for each way to fail. */
export interface FaultedDeployment extends Faulted {
  /** Before the service acts, or after; both unless set. */
  readonly moments?: readonly ("before" | "after")[];
  /** Makes a stack; `run` counts from 0 and is to be a part of every name. */
  fresh(run: number): Promise<FreshStack>;
}

/**
 * Deploys once to count the calls, then anew with another call failing in another way: every one under `npm run matrix`, `few` by the seed
 * otherwise. Returns how many were tried.
 */
export async function tryEveryCreation(
  deployment: FaultedDeployment,
  few: number,
): Promise<number> {
  const calls = await deploys(deployment);
  const { moments = ["before", "after"] } = deployment;
  const all = Object.entries(deployment.faults).flatMap(([kind, fault]) =>
    moments.flatMap((when) =>
      Array.from({ length: calls }, (_one, index) => ({ kind, fault, when, nth: index + 1 })),
    ),
  );
  const trials = shuffled(all, seeded(SEED)).slice(0, sample(all.length, few));
  for (const [index, trial] of trials.entries()) await survives(deployment, index + 1, trial);
  return trials.length;
}

/** Deploys without a fault. Returns how many calls that takes. */
async function deploys(deployment: FaultedDeployment): Promise<number> {
  const { proxy, calls } = deployment;
  const stack = await deployment.fresh(0);
  try {
    proxy.forget();
    await stack.up();
    await stack.settled();
    return proxy.calls.filter(({ name }) => calls.test(name)).length;
  } finally {
    await stack.remove();
  }
}

interface CreationTrial {
  readonly kind: string;
  readonly fault: Fault;
  readonly when: "before" | "after";
  readonly nth: number;
}

async function survives(
  deployment: FaultedDeployment,
  run: number,
  { kind, fault, when, nth }: CreationTrial,
): Promise<void> {
  const { proxy, calls, told } = deployment;
  const what = `${kind} ${when} call ${nth} (REKEY_SEED=${SEED})`;
  const stack = await deployment.fresh(run);
  try {
    proxy.forget();
    proxy.fail({ fault, matching: calls, nth, when });
    const failure = await stack.up().then(
      () => undefined,
      (error: Error) => error.message,
    );
    proxy.heal();
    const failed = proxy.calls.find((call) => call.failed)?.name;
    // How often a provider asks whether something is ready differs, and one that asks again outlives a lost answer.
    if (failure === undefined) return await stack.settled();
    assert.ok(failed !== undefined, `${what}: the call was not made: ${failure}`);
    assert.match(failure, told, `${what}: ${failed}`);
    await stack.up().catch((error: Error) => {
      assert.fail(`${what}: ${failed}: the next update failed: ${error.message}`);
    });
    await stack.settled();
    if (!FULL) return;
    proxy.forget();
    assert.deepEqual((await stack.up()).steps, [], `${what}: ${failed}`);
    assert.deepEqual(proxy.calls.filter(isWrite), [], `${what}: ${failed}`);
  } finally {
    proxy.heal();
    await stack.remove();
  }
}
