import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import {
  GetFunctionConfigurationCommand,
  InvokeCommand,
  LambdaClient,
} from "@aws-sdk/client-lambda";
import { Role } from "@pulumi/aws/iam";
import * as pulumi from "@pulumi/pulumi";
import { buildSync } from "esbuild";
import {
  AwsSecretReader,
  AwsSecretsManager,
  LambdaService,
  type RotationRecord,
  Token,
} from "../../../../components";
import { trustOfLambda } from "../../../../components/consumers/rotation-function-policy";
import { HOME } from "../../../../operator/workspace";
import { ENGINE_MS } from "../../../support/rehearsal";
import { AwsStack } from "./stack";

const NAME = "project/prod/JWT_SECRET";
const FUNCTION = "agents";
const REST: RotationRecord = { generation: 1, active: "a", slots: { a: 1 } };
const ROTATED: RotationRecord = { generation: 2, active: "b", slots: { a: 1, b: 2 } };

/** Reads its secret once an instance, as its environment names it, and tells its hash. */
const SOURCE = `
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { createHash } from "node:crypto";
const { JWT_SECRET_ARN: SecretId, JWT_SECRET_VERSION: VersionId } = process.env;
const read = new SecretsManagerClient({}).send(new GetSecretValueCommand({ SecretId, VersionId }));
export async function handler() {
  return createHash("sha256").update((await read).SecretString).digest("hex");
}
`;

function code(): pulumi.asset.Archive {
  const { outputFiles } = buildSync({
    stdin: { contents: SOURCE, resolveDir: HOME, loader: "ts" },
    ...{ bundle: true, write: false, platform: "node", target: "node20", format: "cjs" },
  });
  const text = outputFiles[0]?.text ?? "";
  return new pulumi.asset.AssetArchive({ "index.js": new pulumi.asset.StringAsset(text) });
}

const program = (record: RotationRecord, archive: pulumi.asset.Archive) => () => {
  const { generations } = new Token("jwt", { record });
  const store = new AwsSecretsManager("jwt-aws", { secretName: NAME, generations });
  const role = new Role("agents", { name: "agents", assumeRolePolicy: trustOfLambda() });
  const reads = { role: role.name, policyName: "agents-reads", secrets: { jwt: store.arn } };
  const reader = new AwsSecretReader("agents-reads", reads);
  const secretEnv = [{ name: "JWT_SECRET", secretArn: store.arn, versionId: store.activeVersion }];
  const place = { functionName: FUNCTION, handler: "index.handler", runtime: "nodejs22.x" };
  new LambdaService(
    "agents",
    {
      ...{ ...place, code: archive, roleArn: role.arn, env: { PLAIN: "1" }, secretEnv },
      generations: { JWT_SECRET: record.generation },
    },
    { dependsOn: [reader] },
  );
  return Promise.resolve();
};

describe("components/consumers/lambda-service, deployed by the real engine and run by the emulator", function () {
  this.timeout(ENGINE_MS);
  let stack: AwsStack;
  let lambda: LambdaClient;
  const archive = code();

  before(async () => {
    stack = await AwsStack.start();
    const { url: endpoint, region, accessKeyId, secretAccessKey } = stack.aws;
    const credentials = { accessKeyId, secretAccessKey: secretAccessKey.reveal() };
    lambda = new LambdaClient({ endpoint, region, credentials });
    await stack.project.up(program(REST, archive));
  });
  after(async () => {
    lambda?.destroy();
    await stack?.stop();
  });

  /** The hash of the value that the function runs with. */
  async function told(): Promise<unknown> {
    const { Payload, FunctionError } = await lambda.send(
      new InvokeCommand({ FunctionName: FUNCTION }),
    );
    const text = Buffer.from(Payload ?? []).toString("utf8");
    assert.equal(FunctionError, undefined, text);
    return JSON.parse(text) as unknown;
  }

  async function variables(): Promise<Record<string, string>> {
    const read = new GetFunctionConfigurationCommand({ FunctionName: FUNCTION });
    return (await lambda.send(read)).Environment?.Variables ?? {};
  }

  const hash = (value = "") => createHash("sha256").update(value).digest("hex");

  it("reads its secret by reference with its own role; whoever reads its settings sees no value", async () => {
    const value = await stack.value(NAME, "rekey-g1");
    assert.equal(await told(), hash(value));
    const found = await variables();
    assert.deepEqual(Object.keys(found).sort(), [
      ...["JWT_SECRET_ARN", "JWT_SECRET_VERSION", "PLAIN", "REKEY_GENERATIONS"],
    ]);
    assert.ok(!JSON.stringify(found).includes(value ?? "no value"));
  });

  it("runs with the next generation once that is active, and the update after it changes nothing", async () => {
    const before = await variables();
    await stack.project.up(program(ROTATED, archive));
    const value = await stack.value(NAME, "rekey-g2");
    assert.equal(await told(), hash(value));
    const after = await variables();
    assert.equal(after["REKEY_GENERATIONS"], '{"JWT_SECRET":2}');
    assert.notEqual(after["JWT_SECRET_VERSION"], before["JWT_SECRET_VERSION"]);
    assert.deepEqual((await stack.project.up(program(ROTATED, archive))).steps, []);
  });
});
