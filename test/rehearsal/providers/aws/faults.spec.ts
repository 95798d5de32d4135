import assert from "node:assert/strict";
import {
  AwsSecretsManager,
  type RotationRecord,
  Token,
  liveGenerations,
} from "../../../../components";
import { type FaultedStore, tryEveryCall } from "../../../support/faults";
import { MATRIX_MS } from "../../../support/rehearsal";
import { AwsStack, awsFaults, toldOf } from "./stack";

const NAME = "project/prod/JWT_SECRET";
const START: RotationRecord = { generation: 1, active: "a", slots: { a: 1 } };

const program = (record: RotationRecord) => () => {
  const { generations } = new Token("jwt", { record });
  new AwsSecretsManager("jwt-aws", { secretName: NAME, generations });
  return Promise.resolve();
};

describe("an AWS Secrets Manager that answers 500, throttles, times out or cuts the line, on the real engine", function () {
  this.timeout(MATRIX_MS);
  let stack: AwsStack;

  before(async () => {
    stack = await AwsStack.start();
    await stack.project.up(program(START));
  });
  after(() => stack.stop());

  const value = (label: string) => stack.valueIfAny(NAME, label);

  async function settled(record: RotationRecord): Promise<void> {
    const live = liveGenerations(record);
    const ours = (await stack.labels(NAME)).flat().filter((label) => label.startsWith("rekey-"));
    assert.deepEqual(ours.sort(), live.map(({ generation }) => `rekey-g${generation}`).sort());
    const active = live.find(({ state }) => state === "active")?.generation;
    assert.equal(await value("AWSCURRENT"), await value(`rekey-g${active}`));
  }

  it("names store and secret, retires nothing old, and converges with the next rekey up, whichever call fails", async () => {
    const store: FaultedStore = {
      proxy: stack.proxy,
      faults: awsFaults(),
      calls: /^secretsmanager\./,
      told: toldOf("Secrets Manager", "project/prod/JWT_SECRET"),
      up: (record) => stack.project.rekeyUp(program(record)),
      value: (generation) => value(`rekey-g${generation}`),
      settled,
    };
    const tried = await tryEveryCall(store, START, 2);
    assert.deepEqual([...new Set(tried.map(({ move }) => move))], ["rotate", "retire"]);
  });
});
