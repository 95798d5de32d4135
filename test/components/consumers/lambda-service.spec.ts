import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { ConfigurationError, LambdaService } from "../../../components";
import { secretArn } from "../../support/mock-answers";
import { named, run } from "../../support/mocks";

const jwt = secretArn("project/prod/JWT_SECRET");
const login = secretArn("project/prod/POSTGRES_PASSWORD");

function service(env: Record<string, string>) {
  return run(
    () =>
      new LambdaService("agents", {
        functionName: "agents",
        code: new pulumi.asset.AssetArchive({
          "index.js": new pulumi.asset.StringAsset("exports"),
        }),
        handler: "index.handler",
        runtime: "nodejs22.x",
        roleArn: "arn:aws:iam::000000000000:role/agents",
        env,
        secretEnv: [
          { name: "JWT_SECRET", secretArn: jwt, versionId: "second" },
          { name: "DB_PASSWORD", secretArn: login, versionId: "third", jsonKey: "password" },
        ],
        generations: { JWT_SECRET: 2, DELEGATION_JWT_SECRET: 1 },
      }),
  );
}

describe("components/consumers/lambda-service", () => {
  it("names its secrets and their versions in the environment, and holds no value", async () => {
    const { inputs } = named((await service({ PLAIN: "1" })).resources, "agents-function");
    assert.deepStrictEqual(inputs["environment"], {
      variables: {
        PLAIN: "1",
        JWT_SECRET_ARN: jwt,
        JWT_SECRET_VERSION: "second",
        DB_PASSWORD_ARN: login,
        DB_PASSWORD_VERSION: "third",
        DB_PASSWORD_KEY: "password",
        REKEY_GENERATIONS: '{"DELEGATION_JWT_SECRET":1,"JWT_SECRET":2}',
      },
    });
  });

  it("refuses a variable that would hide a reference", async () => {
    const taken = ["JWT_SECRET_ARN", "JWT_SECRET_VERSION", "DB_PASSWORD_KEY", "REKEY_GENERATIONS"];
    for (const name of taken) await assert.rejects(service({ [name]: "1" }), ConfigurationError);
  });
});
