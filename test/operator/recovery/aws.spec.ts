import assert from "node:assert/strict";
import { IAMClient } from "@aws-sdk/client-iam";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { settle } from "../../../operator/recovery/leftovers";
import type { Span } from "../../../operator/recovery/failed-updates";
import type { Settled } from "../../../operator/recovery/settled";
import { cloudWith, urnOf } from "./stack";

const ARN = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:project/key-AbCdEf";
const POLICY = "arn:aws:iam::123456789012:policy/project-backend-reads";

/** Settles the creation of a resource where each call of AWS is answered as given; an error's name is thrown as that error. */
function settled(
  type: string,
  inputs: Readonly<Record<string, unknown>>,
  answers: Readonly<Record<string, unknown>>,
  failed?: readonly Span[],
): Promise<Settled> {
  const send = (command: object) => {
    const answer = answers[command.constructor.name.replace(/Command$/, "")];
    if (typeof answer !== "string") return Promise.resolve(answer);
    const error = Object.assign(new Error("the answer, with a value"), { name: answer });
    return Promise.reject(Object.assign(error, { $metadata: { httpStatusCode: 400 } }));
  };
  const answering = <T extends object>(client: T) => Object.assign(client, { send });
  const cloud = cloudWith({
    secretsManager: () => answering(new SecretsManagerClient({ region: "eu-west-1" })),
    iam: () => answering(new IAMClient({ region: "eu-west-1" })),
    lambda: () => answering(new LambdaClient({ region: "eu-west-1" })),
  });
  const resource = {
    type,
    urn: urnOf({ type, name: "made" }),
    inputs,
    outputs: {},
    initErrors: [],
  };
  const creation = { resource, state: { resources: [], pending: [] }, cloud };
  return settle({ ...creation, ...(failed && { failed }) });
}

describe("operator/recovery: creations in AWS that were interrupted", () => {
  const secret = (answer: unknown) =>
    settled(
      "aws:secretsmanager/secret:Secret",
      { name: "project/key" },
      { DescribeSecret: answer },
    );

  it("give the state an entry by its ARN", async () => {
    assert.deepEqual(await secret({ ARN }), { kind: "exists", id: ARN });
  });

  it("leave an entry alone that is not there, or is being deleted", async () => {
    assert.deepEqual(await secret("ResourceNotFoundException"), { kind: "nothing" });
    assert.deepEqual(await secret({ ARN, DeletedDate: new Date(0) }), { kind: "nothing" });
  });

  it("stop the update where AWS refuses to say, and quote nothing of its answer", async () => {
    await assert.rejects(secret("AccessDeniedException"), {
      message: "AWS: DescribeSecret on project/key: 400 AccessDeniedException",
    });
  });

  it("give the state a role by its name", async () => {
    const role = (answer: unknown) =>
      settled("aws:iam/role:Role", { name: "rotate" }, { GetRole: answer });
    assert.deepEqual(await role({ Role: { RoleName: "rotate" } }), {
      kind: "exists",
      id: "rotate",
    });
    assert.deepEqual(await role("NoSuchEntityException"), { kind: "nothing" });
  });

  it("give the state a policy by its ARN, and none of the same name elsewhere", async () => {
    const policy = (Path: string) =>
      settled(
        "aws:iam/policy:Policy",
        { name: "project-backend-reads", path: "/" },
        {
          ListPolicies: { Policies: [{ PolicyName: "project-backend-reads", Path, Arn: POLICY }] },
        },
      );
    assert.deepEqual(await policy("/"), { kind: "exists", id: POLICY });
    assert.deepEqual(await policy("/other/"), { kind: "nothing" });
  });

  it("give the state a function by its name", async () => {
    const found = { GetFunctionConfiguration: { FunctionName: "rotate" } };
    assert.deepEqual(await settled("aws:lambda/function:Function", { name: "rotate" }, found), {
      kind: "exists",
      id: "rotate",
    });
  });

  it("give the state a statement of a function's policy by its id", async () => {
    const permission = (statementId: string) =>
      settled(
        "aws:lambda/permission:Permission",
        { function: "rotate", statementId },
        { GetPolicy: { Policy: JSON.stringify({ Statement: [{ Sid: "rekey-key" }] }) } },
      );
    assert.deepEqual(await permission("rekey-key"), { kind: "exists", id: "rekey-key" });
    assert.deepEqual(await permission("rekey-other"), { kind: "nothing" });
  });

  describe("whose creation failed, and may have been made all the same", () => {
    const at = (time: string) => new Date(`2026-01-31T${time}Z`);
    const failed: Span[] = [
      { from: at("14:00:00"), to: at("14:10:00") },
      { from: at("12:00:00"), to: at("12:10:00") },
    ];
    const kindOf = async (...given: Parameters<typeof settled>) => (await settled(...given)).kind;

    it("are ours if they were made while it was tried, and another's if their age is another or unknown", async () => {
      const times = [at("12:05:00"), at("11:59:59"), at("13:00:00"), undefined];
      const kinds = times.map(async (made) => [
        await kindOf(
          "aws:secretsmanager/secret:Secret",
          { name: "project/key" },
          { DescribeSecret: { ARN, CreatedDate: made } },
          failed,
        ),
        await kindOf(
          "aws:iam/role:Role",
          { name: "rotate" },
          { GetRole: { Role: { RoleName: "rotate", CreateDate: made } } },
          failed,
        ),
        await kindOf(
          "aws:iam/policy:Policy",
          { name: "reads", path: "/" },
          {
            ListPolicies: {
              Policies: [{ PolicyName: "reads", Path: "/", Arn: POLICY, CreateDate: made }],
            },
          },
          failed,
        ),
      ]);
      assert.deepEqual(await Promise.all(kinds), [
        ["exists", "exists", "exists"],
        ["nothing", "nothing", "nothing"],
        ["nothing", "nothing", "nothing"],
        ["nothing", "nothing", "nothing"],
      ]);
    });

    it("are ours as functions only if they run as our role", async () => {
      const looked = (role: string) =>
        kindOf(
          "aws:lambda/function:Function",
          { name: "rotate", role },
          {
            GetFunctionConfiguration: {
              ...{ FunctionName: "rotate", Role: "ours" },
              LastModified: "2026-01-31T12:05:00.000+0000",
            },
          },
          failed,
        );
      assert.deepEqual([await looked("ours"), await looked("theirs")], ["exists", "nothing"]);
    });

    it("are ours as statements of a function's policy only if they say the same", async () => {
      const looked = (principal: string) =>
        kindOf(
          "aws:lambda/permission:Permission",
          {
            ...{ function: "rotate", statementId: "rekey-key", principal },
            action: "lambda:InvokeFunction",
          },
          {
            GetPolicy: {
              Policy: JSON.stringify({
                Statement: [
                  {
                    ...{ Sid: "rekey-key", Action: "lambda:InvokeFunction" },
                    Principal: { Service: "secretsmanager.amazonaws.com" },
                  },
                ],
              }),
            },
          },
          failed,
        );
      assert.equal(await looked("secretsmanager.amazonaws.com"), "exists");
      assert.equal(await looked("events.amazonaws.com"), "nothing");
    });
  });

  it("need nothing where the next update makes it again without harm", async () => {
    const version = settled("aws:secretsmanager/secretVersion:SecretVersion", {}, {});
    assert.deepEqual(await version, { kind: "nothing" });
  });
});
