import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { DescribeSecretCommand, RotateSecretCommand } from "@aws-sdk/client-secrets-manager";
import * as pulumi from "@pulumi/pulumi";
import { AT_REST, AwsSecretsManager, RotationFunction, Token } from "../../../../components";
import { rotationCode } from "../../../../functions/rotation/bundle";
import { ENGINE_MS } from "../../../support/rehearsal";
import { AwsStack } from "./stack";

const NAME = "project/prod/OPENCLAW_GATEWAY_TOKEN";
const OTHER = "project/prod/JWT_SECRET";
const FUNCTION = "rotate-tokens";
const STEPS = ["createSecret", "setSecret", "testSecret", "finishSecret"];

const program = (accountId: string, region: string, code: string) => () => {
  const keep = (short: string, secretName: string, rotatedBy: "record" | "function") => {
    const { generations } = new Token(short, { record: AT_REST });
    return new AwsSecretsManager(`${short}-aws`, { secretName, generations, rotatedBy }).arn;
  };
  const gateway = keep("gateway", NAME, "function");
  keep("jwt", OTHER, "record");
  new RotationFunction("rotate", {
    functionName: FUNCTION,
    region,
    accountId,
    code: new pulumi.asset.AssetArchive({ "index.js": new pulumi.asset.StringAsset(code) }),
    kind: "token",
    secrets: { gateway },
  });
  return Promise.resolve();
};

describe("components/consumers/rotation-function, deployed by the real engine and run by the emulator", function () {
  this.timeout(ENGINE_MS);
  let stack: AwsStack;
  let deploy: () => Promise<void>;

  before(async () => {
    stack = await AwsStack.start();
    const { accountId, region } = stack.aws;
    // The emulator's runtime has no clients of AWS's own, unlike the real one.
    deploy = program(accountId, region, rotationCode({ withClients: true }));
    await stack.project.up(deploy);
  });
  after(() => stack.stop());

  /** Calls the function as the service does; resolves to the failure that it tells, if any. */
  async function call(Step: string, SecretId: string, ClientRequestToken: string) {
    const { url, region, accessKeyId, secretAccessKey } = stack.aws;
    const credentials = { accessKeyId, secretAccessKey: secretAccessKey.reveal() };
    const Payload = JSON.stringify({ Step, SecretId, ClientRequestToken });
    const answer = await new LambdaClient({ endpoint: url, region, credentials }).send(
      new InvokeCommand({ FunctionName: FUNCTION, Payload }),
    );
    return answer.FunctionError === undefined
      ? undefined
      : Buffer.from(answer.Payload ?? []).toString("utf8");
  }

  const describeSecret = (name: string) =>
    stack.client().send(new DescribeSecretCommand({ SecretId: name }));

  it("deploys a schedule of 90 days that does not rotate at once, and nothing more the second time", async () => {
    const { RotationEnabled, RotationRules, VersionIdsToStages } = await describeSecret(NAME);
    assert.deepEqual([RotationEnabled, RotationRules?.AutomaticallyAfterDays], [true, 90]);
    assert.equal(Object.keys(VersionIdsToStages ?? {}).length, 1);
    stack.changes();
    assert.deepEqual((await stack.project.up(deploy)).steps, []);
    assert.deepEqual(stack.changes(), []);
  });

  it("rotates with the rights of its own role, and labels the generation", async () => {
    const before = await stack.value(NAME);
    const token = randomUUID();
    const { ARN = "" } = await stack
      .client()
      .send(new RotateSecretCommand({ SecretId: NAME, ClientRequestToken: token }));
    for (const step of STEPS) assert.equal(await call(step, ARN, token), undefined, step);
    assert.match((await stack.value(NAME)) ?? "", /^\w{43}$/);
    assert.notEqual(await stack.value(NAME), before);
    assert.deepEqual(await stack.labels(NAME), [
      ["AWSCURRENT", "rekey-g2"],
      ["AWSPREVIOUS", "rekey-declared", "rekey-g1"],
    ]);
  });

  it("is left alone by the program: neither an update nor one after a refresh touches what it wrote", async () => {
    const [value, labels] = [await stack.value(NAME), await stack.labels(NAME)];
    stack.changes();
    assert.deepEqual((await stack.project.up(deploy)).steps, []);
    await stack.project.refresh();
    assert.deepEqual((await stack.project.up(deploy)).steps, []);
    assert.deepEqual(stack.changes(), []);
    assert.deepEqual([await stack.value(NAME), await stack.labels(NAME)], [value, labels]);
  });

  it("may not touch any other secret", async () => {
    const { ARN = "", VersionIdsToStages = {} } = await describeSecret(OTHER);
    const [token = ""] = Object.keys(VersionIdsToStages);
    assert.match((await call("createSecret", ARN, token)) ?? "", /AccessDenied|not authorized/);
  });
});
