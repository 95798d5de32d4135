import assert from "node:assert/strict";
import {
  DescribeTaskDefinitionCommand,
  ECSClient,
  ListTaskDefinitionsCommand,
} from "@aws-sdk/client-ecs";
import { Role } from "@pulumi/aws/iam";
import {
  AwsSecretReader,
  AwsSecretsManager,
  EcsTaskDefinition,
  type RotationRecord,
  Token,
} from "../../../../components";
import { ENGINE_MS } from "../../../support/rehearsal";
import { AwsStack } from "./stack";

const NAME = "project/prod/JWT_SECRET";
const FAMILY = "backend";
const REST: RotationRecord = { generation: 1, active: "a", slots: { a: 1 } };
const ROTATED: RotationRecord = { generation: 2, active: "b", slots: { a: 1, b: 2 } };

/** Lets ECS start tasks as the role. */
const TRUST = JSON.stringify({
  Version: "2012-10-17",
  Statement: [
    {
      Effect: "Allow",
      Action: "sts:AssumeRole",
      Principal: { Service: "ecs-tasks.amazonaws.com" },
    },
  ],
});

const program = (record: RotationRecord) => () => {
  const { generations } = new Token("jwt", { record });
  const store = new AwsSecretsManager("jwt-aws", { secretName: NAME, generations });
  const role = new Role("backend-start", { name: "backend-start", assumeRolePolicy: TRUST });
  const reads = { role: role.name, policyName: "backend-reads", secrets: { jwt: store.arn } };
  const reader = new AwsSecretReader("backend-reads", reads);
  const secretEnv = [{ name: "JWT_SECRET", secretArn: store.arn, versionId: store.activeVersion }];
  const { taskDefinitionArn } = new EcsTaskDefinition(
    "backend",
    {
      ...{ family: FAMILY, image: "images.example.com/backend:1", executionRoleArn: role.arn },
      ...{ env: { PLAIN: "1" }, secretEnv, port: 8000, healthCommand: ["/app/ready"] },
      generations: { JWT_SECRET: record.generation },
    },
    { dependsOn: [reader] },
  );
  return Promise.resolve({ taskDefinitionArn });
};

describe("components/consumers/ecs-task-definition, registered by the real engine in the emulator", function () {
  this.timeout(ENGINE_MS);
  let stack: AwsStack;
  let ecs: ECSClient;

  before(async () => {
    stack = await AwsStack.start();
    const { url: endpoint, region, accessKeyId, secretAccessKey } = stack.aws;
    const credentials = { accessKeyId, secretAccessKey: secretAccessKey.reveal() };
    ecs = new ECSClient({ endpoint, region, credentials });
    await stack.project.up(program(REST));
  });
  after(async () => {
    ecs?.destroy();
    await stack?.stop();
  });

  /** What ECS would start now: the variables that it reads from the store, and the whole definition as its readers see it. */
  async function definition(revision: string) {
    const { taskDefinition } = await ecs.send(
      new DescribeTaskDefinitionCommand({ taskDefinition: revision }),
    );
    const [{ secrets = [], dockerLabels } = {}] = taskDefinition?.containerDefinitions ?? [];
    return { secrets, dockerLabels, seen: JSON.stringify(taskDefinition) };
  }

  async function revisions(): Promise<string[]> {
    const list = new ListTaskDefinitionsCommand({ familyPrefix: FAMILY, status: "ACTIVE" });
    const { taskDefinitionArns = [] } = await ecs.send(list);
    return taskDefinitionArns.map((arn) => arn.slice(arn.lastIndexOf("/") + 1)).sort();
  }

  it("refers to its secret by a pinned version; whoever reads the definition sees no value", async () => {
    const { secrets, seen } = await definition(FAMILY);
    assert.deepEqual(
      secrets.map(({ name }) => name),
      ["JWT_SECRET"],
    );
    assert.match(String(secrets[0]?.valueFrom), /:secret:project\/prod\/JWT_SECRET-\w+:::\S+$/);
    const value = await stack.value(NAME, "rekey-g1");
    assert.ok(value && !seen.includes(value), "the definition holds the value");
  });

  it("makes another revision at a rotation, keeps the one before for the way back, and changes nothing in a second update", async () => {
    const before = await definition(FAMILY);
    assert.deepEqual(await revisions(), [`${FAMILY}:1`]);
    await stack.project.up(program(ROTATED));
    const after = await definition(FAMILY);
    assert.notEqual(after.secrets[0]?.valueFrom, before.secrets[0]?.valueFrom);
    assert.deepEqual(after.dockerLabels, { "rekey.generations": '{"JWT_SECRET":2}' });
    assert.deepEqual(await revisions(), [`${FAMILY}:1`, `${FAMILY}:2`]);
    assert.deepEqual((await stack.project.up(program(ROTATED))).steps, []);
  });
});
