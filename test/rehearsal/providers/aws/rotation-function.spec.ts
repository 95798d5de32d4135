import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import {
  CreateSecretCommand,
  DescribeSecretCommand,
  RotateSecretCommand,
} from "@aws-sdk/client-secrets-manager";
import { Client } from "pg";
import {
  AT_REST,
  AwsSecretsManager,
  DatabaseCredential,
  RotationFunction,
  Token,
} from "../../../../components";
import { rotationArchive } from "../../../../functions/rotation/archive";
import { type Postgres, startPostgres } from "../../../../rehearsal/clouds/postgres";
import { ENGINE_MS } from "../../../support/rehearsal";
import { AwsStack } from "./stack";

const NAME = "project/prod/OPENCLAW_GATEWAY_TOKEN";
const OTHER = "project/prod/JWT_SECRET";
const LOGIN = "project/prod/POSTGRES_PASSWORD";
const FUNCTION = "rotate-tokens";
const USERS_FUNCTION = "rotate-users";
const STEPS = ["createSecret", "setSecret", "testSecret", "finishSecret"];

/** What the program is told of where it runs. */
interface Surroundings {
  readonly accountId: string;
  readonly region: string;
  readonly postgres: Postgres;
  readonly adminSecretArn: string;
}

// The emulator's runtime has no clients of AWS's own, unlike the real one.
const code = () => rotationArchive({ withClients: true });

const program =
  ({ accountId, region, postgres: { host, port }, adminSecretArn }: Surroundings) =>
  () => {
    const keep = (short: string, secretName: string, rotatedBy: "record" | "function") => {
      const { generations } = new Token(short, { record: AT_REST });
      return new AwsSecretsManager(`${short}-aws`, { secretName, generations, rotatedBy });
    };
    const { arn: gateway, generation } = keep("gateway", NAME, "function");
    keep("jwt", OTHER, "record");
    const place = { region, accountId, code: code() };
    new RotationFunction("rotate", {
      ...{ ...place, functionName: FUNCTION, kind: "token", secrets: { gateway } },
    });
    const { generations } = new DatabaseCredential("login", { record: AT_REST, user: "app" });
    const store = { secretName: LOGIN, generations, rotatedBy: "function" } as const;
    const login = new AwsSecretsManager("login-aws", store).arn;
    const database = { database: "postgres", user: "app", group: "app_owner", adminSecretArn };
    new RotationFunction("rotate-users", {
      ...{ ...place, functionName: USERS_FUNCTION, kind: "postgres", secrets: { login } },
      database: { ...database, host, port },
    });
    return Promise.resolve({ generation });
  };

describe("components/consumers/rotation-function, deployed by the real engine and run by the emulator", function () {
  this.timeout(ENGINE_MS);
  let stack: AwsStack;
  let dir: string;
  let postgres: Postgres;
  let deploy: ReturnType<typeof program>;

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), "rekey-rotation-function-"));
    [stack, postgres] = await Promise.all([
      AwsStack.start(),
      startPostgres({ dir: join(dir, "postgres") }),
    ]);
    const { adminUser: username, adminPassword: password } = postgres;
    const SecretString = JSON.stringify({ username, password });
    const made = await stack
      .client()
      .send(new CreateSecretCommand({ Name: "example/admin", SecretString }));
    const { accountId, region } = stack.aws;
    deploy = program({ accountId, region, postgres, adminSecretArn: made.ARN ?? "" });
    // Nothing is there to ask for a generation yet.
    await stack.project.preview(deploy);
    await stack.project.up(deploy);
  });
  after(async () => {
    await stack?.stop();
    await postgres?.remove();
    await rm(dir, { recursive: true, force: true });
  });

  /** Calls the function as the service does; resolves to the failure that it tells, if any. */
  async function call(
    Step: string,
    SecretId: string,
    ClientRequestToken: string,
    FunctionName = FUNCTION,
  ) {
    const { url, region, accessKeyId, secretAccessKey } = stack.aws;
    const credentials = { accessKeyId, secretAccessKey: secretAccessKey.reveal() };
    const Payload = JSON.stringify({ Step, SecretId, ClientRequestToken });
    const answer = await new LambdaClient({ endpoint: url, region, credentials }).send(
      new InvokeCommand({ FunctionName, Payload }),
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

  /** The generation in use as the program tells it, and whether it is secret. */
  async function told() {
    const { generation } = await stack.project.outputs();
    return [generation?.value as unknown, generation?.secret];
  }

  it("rotates with the rights of its own role, and labels the generation", async () => {
    assert.deepEqual(await told(), [1, false]);
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
    assert.deepEqual(await told(), [2, false]);
    assert.ok(!(await stack.project.state()).includes(value ?? "no value"));
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

  it("rotates users of a real PostgreSQL that take turns, from the login that the program wrote", async () => {
    const login = async () =>
      JSON.parse((await stack.value(LOGIN)) ?? "") as { username: string; password: string };
    const { adminUser, adminPassword } = postgres;
    const first = await login();
    assert.equal(first.username, "app_a");
    await query({ username: adminUser, password: adminPassword }, "CREATE ROLE app_owner NOLOGIN");
    const role = `CREATE ROLE app_a LOGIN PASSWORD '${first.password}' IN ROLE app_owner`;
    await query({ username: adminUser, password: adminPassword }, role);
    const token = randomUUID();
    const { ARN = "" } = await stack
      .client()
      .send(new RotateSecretCommand({ SecretId: LOGIN, ClientRequestToken: token }));
    for (const step of STEPS) {
      assert.equal(await call(step, ARN, token, USERS_FUNCTION), undefined, step);
      await query(await login(), "SELECT 1");
    }
    const second = await login();
    assert.equal(second.username, "app_b");
    assert.notEqual(second.password, first.password);
    await query(first, "SELECT 1");
    stack.changes();
    assert.deepEqual((await stack.project.up(deploy)).steps, []);
    assert.deepEqual(stack.changes(), []);
  });

  async function query(
    { username: user, password }: { username: string; password: string },
    text: string,
  ): Promise<void> {
    const { host, port } = postgres;
    const client = new Client({ host, port, user, password, database: "postgres" });
    await client.connect();
    try {
      await client.query(text);
    } finally {
      await client.end();
    }
  }
});
