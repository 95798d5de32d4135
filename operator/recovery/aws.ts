import { findInAws } from "../aws-call";
import { Interrupted, NOTHING, Settle, found, textIn } from "./settled";
import type { KnownResource } from "./state";

/**
 * AWS: what exists becomes a resource of the state, since its name is taken. Not here is what the next update makes again without harm: a
 * version's labels move on to the new one, and the service prunes the old; policies of a role, a secret's rotation and attachments are written over.
 */
export const awsCreations: Readonly<Record<string, Settle>> = {
  "aws:secretsmanager/secret:Secret": async (interrupted) => {
    const { DescribeSecretCommand } =
      require("@aws-sdk/client-secrets-manager") as typeof import("@aws-sdk/client-secrets-manager");
    const name = textIn(interrupted.resource, "name");
    const client = interrupted.cloud.secretsManager();
    const live = await findInAws(`AWS: DescribeSecret on ${name}`, () =>
      client.send(new DescribeSecretCommand({ SecretId: name })),
    );
    // One that is being deleted keeps its name for its recovery window: its creation fails, and says so.
    if (live?.DeletedDate !== undefined) return NOTHING;
    return foundAs(live?.ARN, interrupted, live?.CreatedDate);
  },

  "aws:iam/role:Role": async (interrupted) => {
    const { GetRoleCommand } =
      require("@aws-sdk/client-iam") as typeof import("@aws-sdk/client-iam");
    const name = textIn(interrupted.resource, "name");
    const client = interrupted.cloud.iam();
    const live = await findInAws(`AWS: GetRole on ${name}`, () =>
      client.send(new GetRoleCommand({ RoleName: name })),
    );
    return foundAs(live?.Role?.RoleName, interrupted, live?.Role?.CreateDate);
  },

  "aws:iam/policy:Policy": async (interrupted) => {
    const { paginateListPolicies } =
      require("@aws-sdk/client-iam") as typeof import("@aws-sdk/client-iam");
    const [name, path] = [
      textIn(interrupted.resource, "name"),
      textIn(interrupted.resource, "path") || "/",
    ];
    const live = await findInAws(`AWS: ListPolicies on ${path}`, async () => {
      const asked = { Scope: "Local", PathPrefix: path } as const;
      for await (const { Policies = [] } of paginateListPolicies(
        { client: interrupted.cloud.iam() },
        asked,
      )) {
        const policy = Policies.find((one) => one.PolicyName === name && one.Path === path);
        if (policy) return policy;
      }
      return undefined;
    });
    return foundAs(live?.Arn, interrupted, live?.CreateDate);
  },

  "aws:lambda/function:Function": async (interrupted) => {
    const { GetFunctionConfigurationCommand } =
      require("@aws-sdk/client-lambda") as typeof import("@aws-sdk/client-lambda");
    const name = textIn(interrupted.resource, "name");
    const live = await findInAws(`AWS: GetFunctionConfiguration on ${name}`, () =>
      interrupted.cloud.lambda().send(new GetFunctionConfigurationCommand({ FunctionName: name })),
    );
    // Of a function the service tells only its last change; somebody else's does not run as our own role.
    const ours = live?.Role === textIn(interrupted.resource, "role");
    return foundAs(live?.FunctionName, interrupted, ours ? live?.LastModified : undefined);
  },

  "aws:lambda/permission:Permission": async (interrupted) => {
    const { GetPolicyCommand } =
      require("@aws-sdk/client-lambda") as typeof import("@aws-sdk/client-lambda");
    const name = textIn(interrupted.resource, "function");
    const statement = textIn(interrupted.resource, "statementId");
    const live = await findInAws(`AWS: GetPolicy on ${name}`, () =>
      interrupted.cloud.lambda().send(new GetPolicyCommand({ FunctionName: name })),
    );
    const { Statement = [] } = JSON.parse(live?.Policy ?? "{}") as { Statement?: Statement[] };
    const has = Statement.find(({ Sid }) => Sid === statement);
    // A statement has no age: one that says the same is ours.
    const same = has !== undefined && saysTheSame(has, interrupted.resource);
    return foundAs(has && statement, interrupted, same ? interrupted.failed?.[0]?.from : undefined);
  },
};

function foundAs(id: string | undefined, interrupted: Interrupted, made?: Date | string) {
  return id === undefined ? NOTHING : found(id, interrupted, made);
}

/** One statement of a function's policy, as Lambda gives it. */
interface Statement {
  readonly Sid?: string;
  readonly Action?: string;
  readonly Principal?: string | Readonly<Record<string, string>>;
}

function saysTheSame({ Action, Principal }: Statement, wanted: KnownResource): boolean {
  const principals = typeof Principal === "string" ? [Principal] : Object.values(Principal ?? {});
  return Action === textIn(wanted, "action") && principals.includes(textIn(wanted, "principal"));
}
