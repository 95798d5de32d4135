import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import {
  CreateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  UpdateSecretVersionStageCommand,
} from "@aws-sdk/client-secrets-manager";
import type { RotationRecord } from "../../../../components";
import { startAws } from "../../../../rehearsal/clouds/aws";
import { startMoto } from "../../../../rehearsal/clouds/aws/moto";
import { FULL } from "../../../support/random";
import { ENGINE_MS } from "../../../support/rehearsal";
import { NAME, RECORDS, program } from "./records";
import { AwsStack } from "./stack";

/** The order in which `store.spec.ts` goes through the records. */
const WALK: readonly (keyof typeof RECORDS)[] = [
  ...(["rest", "staged", "activated", "rolledBack", "activated", "retired"] as const),
  ...(["rotated", "both"] as const),
];

describe("what two AWS emulators do alike, by npm run matrix", function () {
  this.timeout(ENGINE_MS);
  let first: AwsStack | undefined;
  let second: AwsStack | undefined;

  before(async function () {
    if (!FULL) return this.skip();
    first = await AwsStack.start(startAws);
    second = await AwsStack.start(startMoto);
  });
  after(async () => {
    await second?.stop();
    await first?.stop();
  });

  /** Does the same on each; returns what each came to. */
  async function onBoth<T>(work: (stack: AwsStack) => Promise<T>): Promise<[T, T]> {
    const [one, other] = [first as AwsStack, second as AwsStack];
    return [await work(one), await work(other)];
  }

  /** What an update to the record wrote, and what is there then: the labels of each version and whose value it has. */
  const moved =
    (record: RotationRecord, values: Map<string, string>) => async (stack: AwsStack) => {
      stack.changes();
      await stack.project.up(program(record));
      const writes = stack.changes();
      const again = await stack.project.up(program(record));
      assert.deepEqual([again.steps, stack.changes()], [[], []], "a second update writes nothing");
      return { writes, versions: await versions(stack, values) };
    };

  async function versions(stack: AwsStack, values: Map<string, string>): Promise<string[]> {
    const labels = await stack.labels(NAME);
    for (const label of labels.flat().filter((one) => one.startsWith("rekey-g")))
      values.set((await stack.value(NAME, label)) ?? "", label);
    return Promise.all(
      labels.map(async (names) => {
        const value = await stack.value(NAME, names[0]);
        return `${names.join("+")}: the value of ${values.get(value ?? "")}`;
      }),
    );
  }

  it("has the same labels on the same values after the same writes, move by move", async () => {
    const seen = new Map<AwsStack, Map<string, string>>();
    for (const move of WALK) {
      const [one, other] = await onBoth((stack) => {
        const values = seen.get(stack) ?? new Map<string, string>();
        seen.set(stack, values);
        return moved(RECORDS[move], values)(stack);
      });
      assert.deepEqual(other, one, move);
      assert.ok(
        one.versions.every((line) => !line.includes("undefined")),
        one.versions.join("; "),
      );
    }
  });

  it("retires a version for whoever asks by its label, and keeps what has none out of sight", async () => {
    const gone = await onBoth((stack) =>
      stack.value(NAME, "rekey-g1").catch((error: Error) => error.name),
    );
    assert.deepEqual(gone, ["ResourceNotFoundException", "ResourceNotFoundException"]);
  });

  describe("in single calls", () => {
    const TOKENS = { one: randomUUID(), two: randomUUID() };

    const put = (stack: AwsStack, name: string, token: string, value: string, label?: string) =>
      stack.client().send(
        new PutSecretValueCommand({
          SecretId: name,
          ClientRequestToken: token,
          SecretString: value,
          ...(label === undefined ? {} : { VersionStages: [label] }),
        }),
      );
    const move = (stack: AwsStack, name: string, label: string, from?: string, to?: string) =>
      stack.client().send(
        new UpdateSecretVersionStageCommand({
          SecretId: name,
          VersionStage: label,
          RemoveFromVersionId: from,
          MoveToVersionId: to,
        }),
      );
    const said = (work: Promise<unknown>) =>
      work.then(
        () => "done",
        (error: Error) => error.name,
      );
    const make = (stack: AwsStack, name: string) =>
      stack.client().send(new CreateSecretCommand({ Name: name }));

    it("makes the first version AWSCURRENT, whatever labels are named", async () => {
      const labels = await onBoth(async (stack) => {
        await make(stack, "example/first");
        await put(stack, "example/first", TOKENS.one, "one", "rekey-g1");
        return stack.labels("example/first");
      });
      assert.deepEqual(labels, [[["AWSCURRENT", "rekey-g1"]], [["AWSCURRENT", "rekey-g1"]]]);
    });

    it("takes a request token once: the first emulator only since it was corrected", async () => {
      const answers = await onBoth(async (stack) => [
        await said(put(stack, "example/first", TOKENS.one, "one", "rekey-g1")),
        await said(put(stack, "example/first", TOKENS.one, "other", "rekey-g1")),
      ]);
      for (const answer of answers) assert.deepEqual(answer, ["done", "ResourceExistsException"]);
    });

    it("refuses to take off a label that is off already", async () => {
      const answers = await onBoth(async (stack) => {
        await put(stack, "example/first", TOKENS.two, "two", "rekey-g2");
        await move(stack, "example/first", "rekey-g2", TOKENS.two);
        return said(move(stack, "example/first", "rekey-g2", TOKENS.two));
      });
      assert.deepEqual(answers, ["InvalidParameterException", "InvalidParameterException"]);
    });

    it("differs, and nothing relies on it: the second loses our label where AWSCURRENT leaves its version", async () => {
      const labels = await onBoth(async (stack) => {
        await put(stack, "example/first", randomUUID(), "three", "AWSCURRENT");
        return stack.labels("example/first");
      });
      assert.deepEqual(labels, [
        [["AWSCURRENT"], ["AWSPREVIOUS", "rekey-g1"]],
        [["AWSCURRENT"], ["AWSPREVIOUS"]],
      ]);
    });

    it("differs: the second takes AWSCURRENT off, which AWS documents as refused", async () => {
      const answers = await onBoth(async (stack) => {
        const { VersionIdsToStages = {} } = await stack
          .client()
          .send(new DescribeSecretCommand({ SecretId: "example/first" }));
        const current = Object.entries(VersionIdsToStages).find(([, labels]) =>
          labels.includes("AWSCURRENT"),
        )?.[0];
        return said(move(stack, "example/first", "AWSCURRENT", current));
      });
      assert.deepEqual(answers, ["InvalidParameterException", "done"]);
    });

    it("differs: after the four steps of a rotation function a plain put leaves two AWSCURRENT in the second", async () => {
      const current = await onBoth(async (stack) => {
        const name = "example/rotated";
        await make(stack, name);
        await put(stack, name, TOKENS.one, "one");
        await put(stack, name, TOKENS.two, "two", "AWSPENDING");
        await move(stack, name, "rekey-g2", undefined, TOKENS.two);
        await move(stack, name, "AWSCURRENT", TOKENS.one, TOKENS.two);
        await move(stack, name, "AWSPENDING", TOKENS.two);
        // Without the label the second emulator answers with the version before.
        const read = new GetSecretValueCommand({ SecretId: name, VersionStage: "AWSCURRENT" });
        assert.equal((await stack.client().send(read)).SecretString, "two");
        await put(stack, name, randomUUID(), "three");
        const all = (await stack.labels(name)).flat();
        return all.filter((label) => label === "AWSCURRENT").length;
      });
      assert.deepEqual(current, [1, 2]);
    });
  });
});
