import assert from "node:assert/strict";
import { SecretText } from "../../../components/secret-text";
import { RekeyError } from "../../../operator/errors";
import type { KnownResource } from "../../../operator/recovery/state";
import { awsEntry, unlabelInAws } from "../../../operator/to-store/aws";
import { OPENROUTER as target } from "../../support/openrouter";
import { ARN, fakeAws } from "./fake-aws";

const VERSION = "aws:secretsmanager/secretVersion:SecretVersion";

const resource = (type: string, name: string, id: string): KnownResource => ({
  ...{ urn: `urn:pulumi:prod::rekey::${type}::${name}`, type, id },
  ...{ inputs: {}, outputs: {}, initErrors: [] },
});
const STATE = [
  resource("aws:secretsmanager/secret:Secret", "project-aws-openrouter-api-key-secret", ARN),
  resource(VERSION, "project-aws-openrouter-api-key-g1", `${ARN}|v1`),
];
const FIRST = { v1: ["rekey-g1"], v2: ["AWSCURRENT"] };

describe("an entry in AWS Secrets Manager that takes a value past the program", () => {
  const entryOn = (
    { client }: ReturnType<typeof fakeAws>,
    state: readonly KnownResource[] = STATE,
    named: readonly string[] = [],
  ) => awsEntry(target, state, named, client);

  it("gets a version with our own label and no other, and is read by that version's id", async () => {
    const aws = fakeAws(FIRST);
    const entry = entryOn(aws);
    assert.deepEqual(await entry.look(2), []);
    const version = await entry.put(new SecretText("a new key"), 2);
    assert.equal(version, `${ARN}|v3`);
    assert.deepEqual(aws.writes, ["put rekey-g2"]);
    assert.equal((await entry.valueOf(version)).reveal(), "a new key");
  });

  it("finds what a run that was broken off put there, and says how a person takes it out of use", async () => {
    const aws = fakeAws({ ...FIRST, v3: ["rekey-g2"] });
    const entry = entryOn(aws);
    assert.deepEqual(await entry.look(2), [{ version: `${ARN}|v3`, left: true }]);
    assert.match(
      entry.byHand(`${ARN}|v3`, 2),
      /^`aws .* --version-stage rekey-g2 --remove-from-version-id v3`$/,
    );
    assert.deepEqual(aws.writes, []);
  });

  for (const [what, versions, state] of [
    ["a later generation", { ...FIRST, v3: ["rekey-g2"], v4: ["rekey-g3"] }, STATE],
    [
      "this generation, by an update",
      { ...FIRST, v3: ["rekey-g2"] },
      [...STATE, resource(VERSION, "project-aws-openrouter-api-key-g2", `${ARN}|v3`)],
    ],
    ["this generation, in use", { v1: ["rekey-g1"], v3: ["AWSCURRENT", "rekey-g2"] }, STATE],
  ] as const)
    it(`refuses where it has ${what}: the settings are behind`, async () => {
      const aws = fakeAws(versions);
      await assert.rejects(entryOn(aws, state).look(2), (error: unknown) => {
        assert.ok(error instanceof RekeyError);
        assert.deepEqual([error.code, error.exitCode], ["settings-behind", 2]);
        return true;
      });
    });

  it("refuses where no update made the entry, whether there is one or not", async () => {
    for (const [aws, state] of [
      [fakeAws(undefined), STATE],
      [fakeAws(FIRST), []],
    ] as const)
      await assert.rejects(
        entryOn(aws, state).look(2),
        (error: unknown) => error instanceof RekeyError && error.code === "no-entry",
      );
  });

  it("loses the label of a version that is withdrawn before an update took it over, once", async () => {
    const aws = fakeAws({ ...FIRST, v3: ["rekey-g2"] });
    await unlabelInAws(`${ARN}|v3`, 2, aws.client);
    await unlabelInAws(`${ARN}|v3`, 2, aws.client);
    assert.deepEqual(aws.writes, ["take rekey-g2 off v3"]);
  });
});
