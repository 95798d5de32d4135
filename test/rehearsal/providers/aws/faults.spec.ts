import assert from "node:assert/strict";
import {
  AwsSecretsManager,
  type RotationRecord,
  Token,
  liveGenerations,
  retire,
  rotate,
  slotNames,
} from "../../../../components";
import { AWS_FAULTS } from "../../../../rehearsal/clouds/aws/calls";
import { ENGINE_MS } from "../../../support/rehearsal";
import { AwsStack } from "./stack";

const NAME = "project/prod/JWT_SECRET";
const MATRIX = process.env["REKEY_MATRIX"] !== undefined;
const AT = "2026-01-31T12:00:00Z";

const program = (record: RotationRecord) => () => {
  const { generations } = new Token("jwt", { record });
  new AwsSecretsManager("jwt-aws", { secretName: NAME, generations, rotatedAt: AT });
  return Promise.resolve();
};

type FaultName = keyof typeof AWS_FAULTS;
interface Trial {
  readonly call: number;
  readonly fault: FaultName;
  readonly when: "before" | "after";
}

/** Every call as the failing one, each with another fault; all faults at all calls in the matrix. */
function trials(calls: number): Trial[] {
  const faults = Object.keys(AWS_FAULTS) as FaultName[];
  const all = Array.from({ length: calls }, (_, index) => index + 1).flatMap((call) =>
    faults.flatMap((fault) =>
      (["before", "after"] as const).map((when) => ({ call, fault, when })),
    ),
  );
  // The stride shares no factor with the eight ways to fail, so that neighbours fail differently.
  return MATRIX ? all : all.filter((_, index) => index % 9 === 0);
}

describe("a store that answers 500, throttles or times out, on the real engine", function () {
  this.timeout(ENGINE_MS);
  let stack: AwsStack;
  let record: RotationRecord = { generation: 1, active: "a", slots: { a: 1 } };

  before(async () => {
    stack = await AwsStack.start();
    await stack.project.up(program(record));
  });
  after(() => stack.stop());

  const valueOf = (generation: number) => stack.value(NAME, `rekey-g${generation}`);

  /** Fails one call of the update to `next`, then lets the next update converge. */
  async function survive(next: RotationRecord, { call, fault, when }: Trial): Promise<boolean> {
    const what = `${when} call ${call}: ${fault}`;
    const { proxy, project } = stack;
    const inUse = await valueOf(liveGenerations(record).at(-1)?.generation ?? 0);
    proxy.forget();
    proxy.fail({ fault: AWS_FAULTS[fault], matching: /^secretsmanager\./, nth: call, when });
    const failure = await project.up(program(next)).then(
      () => undefined,
      (error: Error) => error.message,
    );
    const spoiled = proxy.calls.some(({ failed }) => failed);
    proxy.heal();
    assert.equal(failure !== undefined, spoiled, what);
    if (failure !== undefined) {
      assert.match(failure, /Secrets Manager \w+ on [^\n]*project\/prod\/JWT_SECRET/, what);
      // Nothing old was retired: what was in use is still there, by its own label and to readers of AWSCURRENT or AWSPREVIOUS.
      const there = await Promise.all([
        stack.value(NAME),
        stack.value(NAME, "AWSPREVIOUS").catch(() => undefined),
      ]);
      assert.ok(there.includes(inUse), what);
      assert.equal(await valueOf(liveGenerations(record).at(-1)?.generation ?? 0), inUse, what);
      await project.up(program(next));
    }
    record = next;
    await converged(what);
    return spoiled;
  }

  async function converged(what: string): Promise<void> {
    stack.changes();
    const { steps } = await stack.project.up(program(record));
    assert.deepEqual([steps, stack.changes()], [[], []], what);
    const live = liveGenerations(record);
    const ours = (await stack.labels(NAME)).flat().filter((label) => label.startsWith("rekey-"));
    assert.deepEqual(
      ours.sort(),
      live.map(({ generation }) => `rekey-g${generation}`).sort(),
      what,
    );
    const active = live.find(({ state }) => state === "active");
    assert.equal(await stack.value(NAME), await valueOf(active?.generation ?? 0), what);
  }

  it("names store and secret, retires nothing old, and converges with the next update, at every call of a rotation", async () => {
    // CreateSecret is no call of a rotation; two PutSecretValue with what they read back, the tags, and what that reads back.
    for (const trial of trials(6)) {
      assert.ok(await survive(rotate(record, slotNames()), trial), `call ${trial.call} was made`);
      await stack.project.up(program((record = retire(record))));
    }
  });

  it("does so at the call of a retirement too", async () => {
    for (const trial of trials(1)) {
      await stack.project.up(program((record = rotate(record, slotNames()))));
      assert.ok(await survive(retire(record), trial));
    }
  });
});
