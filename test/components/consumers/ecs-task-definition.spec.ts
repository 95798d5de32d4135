import assert from "node:assert/strict";
import { EcsTaskDefinition } from "../../../components";
import { secretArn } from "../../support/mock-answers";
import { named, run } from "../../support/mocks";

const jwt = secretArn("project/prod/JWT_SECRET");
const byFunction = secretArn("project/prod/OPENCLAW_GATEWAY_TOKEN");
const login = secretArn("project/prod/POSTGRES_PASSWORD");

describe("components/consumers/ecs-task-definition", () => {
  it("has ECS itself read each secret, by its pinned version and both halves of a credential by the same, and holds no value", async () => {
    const { resources } = await run(
      () =>
        new EcsTaskDefinition("backend", {
          family: "backend",
          image: "images.example.com/backend:1",
          executionRoleArn: "arn:aws:iam::000000000000:role/backend-start",
          env: { PLAIN: "1" },
          secretEnv: [
            { name: "JWT_SECRET", secretArn: jwt, versionId: "second" },
            { name: "GATEWAY_TOKEN", secretArn: byFunction },
            { name: "DB_USER", secretArn: login, versionId: "third", jsonKey: "username" },
            { name: "DB_PASSWORD", secretArn: login, versionId: "third", jsonKey: "password" },
          ],
          generations: { JWT_SECRET: 2 },
          port: 8000,
          healthCommand: ["/app/ready"],
        }),
    );
    const { inputs } = named(resources, "backend-task");
    const { containerDefinitions, ...rest } = inputs;
    assert.deepStrictEqual(rest, {
      family: "backend",
      requiresCompatibilities: ["FARGATE"],
      networkMode: "awsvpc",
      cpu: "256",
      memory: "512",
      executionRoleArn: "arn:aws:iam::000000000000:role/backend-start",
      skipDestroy: true,
    });
    assert.deepStrictEqual(JSON.parse(String(containerDefinitions)), [
      {
        name: "backend",
        image: "images.example.com/backend:1",
        essential: true,
        portMappings: [{ containerPort: 8000 }],
        environment: [{ name: "PLAIN", value: "1" }],
        secrets: [
          { name: "JWT_SECRET", valueFrom: `${jwt}:::second` },
          { name: "GATEWAY_TOKEN", valueFrom: `${byFunction}:::` },
          { name: "DB_USER", valueFrom: `${login}:username::third` },
          { name: "DB_PASSWORD", valueFrom: `${login}:password::third` },
        ],
        dockerLabels: { "rekey.generations": '{"JWT_SECRET":2}' },
        healthCheck: { command: ["CMD", "/app/ready"], interval: 5, retries: 3, timeout: 3 },
      },
    ]);
  });
});
