import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import {
  ConfigurationError,
  RotationFunction,
  type RotationFunctionArgs,
} from "../../../components";
import { secretArn } from "../../support/mock-answers";
import { named, run } from "../../support/mocks";

const token = secretArn("project/prod/OPENCLAW_GATEWAY_TOKEN");
const admin = secretArn("project/prod/ADMIN");
const database = {
  host: "db.example.com",
  port: 5432,
  database: "app",
  user: "app",
  group: "app_owner",
  adminSecretArn: admin,
};
const network = { subnetIds: ["subnet-example"], securityGroupIds: ["sg-example"] };

function rotation(rest: Partial<RotationFunctionArgs> = {}) {
  return run(
    () =>
      new RotationFunction("rotate", {
        functionName: "rotate-tokens",
        region: "us-east-1",
        accountId: "000000000000",
        code: new pulumi.asset.AssetArchive({
          "index.js": new pulumi.asset.StringAsset("exports"),
        }),
        kind: "token",
        secrets: { token },
        ...rest,
      }),
  );
}

interface Statement {
  readonly Sid: string;
  readonly Action: string | string[];
  readonly Resource: string | string[];
}

async function statements(rest: Partial<RotationFunctionArgs> = {}): Promise<Statement[]> {
  const { inputs } = named((await rotation(rest)).resources, "rotate-policy");
  return (JSON.parse(String(inputs["policy"])) as { Statement: Statement[] }).Statement;
}

describe("components/consumers/rotation-function", () => {
  it("has the secret rotated every 90 days, from the first due day on", async () => {
    const { resources } = await rotation();
    assert.deepStrictEqual(named(resources, "rotate-rotation-token").inputs, {
      secretId: token,
      rotationLambdaArn: "arn:aws:lambda:us-east-1:000000000000:function:rotate-tokens",
      rotateImmediately: false,
      rotationRules: { automaticallyAfterDays: 90 },
    });
  });

  it("may be called by this account's Secrets Manager for this secret only, and before the schedule begins", async () => {
    const { resources } = await rotation();
    assert.deepStrictEqual(named(resources, "rotate-permission-token").inputs, {
      statementId: "rekey-token",
      action: "lambda:InvokeFunction",
      function: "rotate-tokens",
      principal: "secretsmanager.amazonaws.com",
      sourceAccount: "000000000000",
      sourceArn: token,
    });
    const { dependencies } = named(resources, "rotate-rotation-token");
    assert.ok(dependencies.includes("rotate-permission-token"));
  });

  it("gives the function what the four steps need on its secrets, and its own log", async () => {
    const [own, log, ...more] = await statements();
    assert.deepStrictEqual(own?.Resource, [token]);
    assert.deepStrictEqual(own.Action, [
      "secretsmanager:DescribeSecret",
      "secretsmanager:GetSecretValue",
      "secretsmanager:PutSecretValue",
      "secretsmanager:TagResource",
      "secretsmanager:UpdateSecretVersionStage",
    ]);
    assert.match(String(log?.Resource), /log-group:\/aws\/lambda\/rotate-tokens(,|:\*$)/);
    assert.deepEqual(more, []);
  });

  it("reads the administrator's login, uses the key and joins the network only where it is told to", async () => {
    const kmsKeyArn = "arn:aws:kms:us-east-1:000000000000:key/example";
    const told = await statements({ kind: "postgres", database, kmsKeyArn, network });
    assert.deepEqual(
      told.map(({ Sid }) => Sid),
      [
        "RotateTheseSecrets",
        "ReadTheAdministratorsLogin",
        "UseTheirKeyThroughSecretsManager",
        "WriteItsLog",
        "JoinItsNetwork",
      ],
    );
    assert.equal(told[1]?.Resource, admin);
  });

  it("tells the function where the database is, with its certificate verified, and no secret", async () => {
    const { resources } = await rotation({ kind: "postgres", database, network });
    const { environment, vpcConfig } = named(resources, "rotate-function").inputs as {
      environment: { variables: Record<string, string> };
      vpcConfig: unknown;
    };
    const { adminSecretArn, ...target } = database;
    const { variables } = environment;
    assert.deepStrictEqual(JSON.parse(variables["REKEY_DATABASE"] ?? ""), { ...target, tls: true });
    assert.equal(variables["REKEY_ADMIN_SECRET"], adminSecretArn);
    assert.deepStrictEqual(vpcConfig, network);
  });

  for (const [what, rest] of [
    ["no schedule", { everyDays: 0 }],
    ["users without a database", { kind: "postgres" }],
    ["a token with a database", { database }],
    ["no secret", { secrets: {} }],
    ["two pairs of users", { kind: "postgres", database, secrets: { one: token, two: admin } }],
  ] as const)
    it(`refuses ${what}`, async () => {
      await assert.rejects(rotation(rest), ConfigurationError);
    });

  it("tells the function where a token has to be accepted, by ARN, and gives it the time to wait for that", async () => {
    const at = { url: "https://gateway.example.com/gateway", asks: 60 };
    const { resources } = await rotation({ acceptedAt: { token: at } });
    const { environment, timeout } = named(resources, "rotate-function").inputs as {
      environment: { variables: Record<string, string> };
      timeout: number;
    };
    assert.deepEqual(JSON.parse(environment.variables["REKEY_ACCEPTED_AT"] ?? ""), { [token]: at });
    assert.equal(timeout, 900);
    const without = named((await rotation()).resources, "rotate-function").inputs;
    assert.deepEqual(without["environment"], { variables: { REKEY_ROTATION_KIND: "token" } });
    assert.equal(without["timeout"], 60);
  });

  it("refuses to send a token over plain HTTP, except to this machine's own loopback, and to ask for what it does not rotate", async () => {
    const refused = (acceptedAt: RotationFunctionArgs["acceptedAt"], message: RegExp) =>
      assert.rejects(rotation({ acceptedAt }), { name: "ConfigurationError", message });
    const url = "https://gateway.example.com/gateway";
    await refused({ token: { url: url.replace("https", "http") } }, /https address/);
    await refused(
      { token: { url: "https://me:secret@gateway.example.com" } },
      /without credentials/,
    );
    await refused({ other: { url } }, /acceptedAt of other.*none of the tokens/s);
    await refused({ token: { url, asks: 0 } }, /1 to 1000/);
    await rotation({ acceptedAt: { token: { url: "http://127.0.0.1:8001/gateway" } } });
  });
});
