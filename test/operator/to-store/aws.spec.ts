import assert from "node:assert/strict";
import { SecretText } from "../../../components/secret-text";
import { RekeyError } from "../../../operator/errors";
import type { KnownResource } from "../../../operator/recovery/state";
import { awsIntake, unlabelInAws } from "../../../operator/to-store/aws";
import { OPENROUTER as target, OPENROUTER_INTAKE as ENTRY } from "../../support/openrouter";
import { ARN, fakeAws } from "./fake-aws";

const OURS = { Tags: [{ Key: "rekey-intake", Value: "true" }] };
const KEY = "arn:aws:kms:us-east-1:111122223333:key/example";

const taken = (version: string): KnownResource => ({
  urn: "urn:pulumi:prod::rekey::aws:secretsmanager/secretVersion:SecretVersion::project-openrouter-intake-g2",
  type: "aws:secretsmanager/secretVersion:SecretVersion",
  ...{ id: version, inputs: {}, outputs: {}, initErrors: [] },
});

describe("an intake entry in AWS Secrets Manager", () => {
  const entryOn = ({ client }: ReturnType<typeof fakeAws>, state: KnownResource[] = []) =>
    awsIntake(target, state, [], client, { kmsKeyId: KEY });

  it("is made with the first value, under the stack's own key, and holds no value beside those with our labels", async () => {
    const aws = fakeAws(undefined);
    const entry = entryOn(aws);
    assert.deepEqual(await entry.look(1), []);
    const version = await entry.put(new SecretText("a new key"), 1);
    assert.equal(version, `${ARN}|v2`);
    assert.deepEqual(aws.writes, [`create ${ENTRY}`, "put rekey-g1"]);
    assert.equal((await entry.valueOf(version)).reveal(), "a new key");
    const { KmsKeyId, Tags } = aws.created[0] as Record<string, unknown>;
    assert.deepEqual([KmsKeyId, Tags], [KEY, OURS.Tags]);
    assert.ok(!JSON.stringify(aws.created).includes("a new key"));
  });

  it("finds what a run that was broken off put there", async () => {
    const aws = fakeAws({ v0: ["AWSCURRENT"], v2: ["rekey-g2"] }, OURS);
    const entry = entryOn(aws);
    const [left, ...others] = await entry.look(2);
    assert.deepEqual([left?.version, others], [`${ARN}|v2`, []]);
    assert.match(entry.byHand(`${ARN}|v2`, 2), / --secret-id project\/prod\/intake\/.* v2`$/);
  });

  it("tells of what an older broken off run left, which this generation cannot use", async () => {
    const aws = fakeAws({ v0: ["AWSCURRENT"], v1: ["rekey-g1"], v2: ["rekey-g2"] }, OURS);
    const found = await entryOn(aws, [taken(`${ARN}|v2`)]).look(3);
    assert.deepEqual(found, [{ version: `${ARN}|v1`, generation: 1, left: true }]);
  });

  it("does not take the label from a colleague's version that came while the value was typed", async () => {
    const aws = fakeAws({ v0: ["AWSCURRENT"] }, OURS);
    const [mine, colleagues] = [entryOn(aws), entryOn(aws)];
    assert.deepEqual([await mine.look(2), await colleagues.look(2)], [[], []]);
    await colleagues.put(new SecretText("a colleague's key"), 2);
    await assert.rejects(
      mine.put(new SecretText("a new key"), 2),
      (error: unknown) => error instanceof RekeyError && error.code === "settings-behind",
    );
    assert.deepEqual(aws.writes, ["put rekey-g2"]);
  });

  it("has the policy that the stack's own entries have, before any value", async () => {
    const aws = fakeAws(undefined);
    const policy = { resourcePolicy: '{"Version":"2012-10-17","Statement":[]}' };
    const entry = awsIntake(target, [], [], aws.client, policy);
    await entry.look(1);
    await entry.put(new SecretText("a new key"), 1);
    assert.deepEqual(aws.writes, [`create ${ENTRY}`, "restrict", "put rekey-g1"]);
  });

  it("says whether a version that the settings name is still there", async () => {
    const entry = entryOn(fakeAws({ v1: ["rekey-g1"], v2: [] }, OURS));
    assert.equal(await entry.has?.(`${ARN}|v1`), true);
    assert.equal(await entry.has?.(`${ARN}|v2`), false);
    assert.equal(await entry.has?.(`${ARN}|v3`), false);
  });

  it("loses the label of a version that is withdrawn before an update took it over, once", async () => {
    const aws = fakeAws({ v0: ["AWSCURRENT"], v2: ["rekey-g2"] }, OURS);
    await unlabelInAws(`${ARN}|v2`, 2, aws.client);
    await unlabelInAws(`${ARN}|v2`, 2, aws.client);
    assert.deepEqual(aws.writes, ["take rekey-g2 off v2"]);
  });

  for (const [what, code, versions, about, state] of [
    ["an update has this generation", "settings-behind", { v2: ["rekey-g2"] }, OURS, [taken(`${ARN}|v2`)]], // prettier-ignore
    ["it has a later generation", "settings-behind", { v2: ["rekey-g3"] }, OURS, []],
    ["somebody else made it", "no-entry", { v0: ["AWSCURRENT"] }, {}, []],
    ["it is being deleted", "no-entry", {}, { ...OURS, DeletedDate: new Date(0) }, []],
  ] as const)
    it(`refuses where ${what}, before anything is written`, async () => {
      const aws = fakeAws(versions, about);
      await assert.rejects(
        entryOn(aws, [...state]).look(2),
        (error: unknown) =>
          error instanceof RekeyError && error.code === code && error.exitCode === 2,
      );
      assert.deepEqual(aws.writes, []);
    });
});
