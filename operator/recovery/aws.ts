import { Interrupted, NOTHING, Settle, found, textIn } from "./settled";

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
    const live = await asking("DescribeSecret", name, () =>
      client.send(new DescribeSecretCommand({ SecretId: name })),
    );
    // One that is being deleted keeps its name for its recovery window: its creation fails, and says so.
    return live?.DeletedDate === undefined ? foundAs(live?.ARN, interrupted) : NOTHING;
  },

  "aws:iam/role:Role": async (interrupted) => {
    const { GetRoleCommand } =
      require("@aws-sdk/client-iam") as typeof import("@aws-sdk/client-iam");
    const name = textIn(interrupted.resource, "name");
    const client = interrupted.cloud.iam();
    const live = await asking("GetRole", name, () =>
      client.send(new GetRoleCommand({ RoleName: name })),
    );
    return foundAs(live?.Role?.RoleName, interrupted);
  },

  "aws:iam/policy:Policy": async (interrupted) => {
    const { paginateListPolicies } =
      require("@aws-sdk/client-iam") as typeof import("@aws-sdk/client-iam");
    const [name, path] = [
      textIn(interrupted.resource, "name"),
      textIn(interrupted.resource, "path") || "/",
    ];
    const arn = await asking("ListPolicies", path, async () => {
      const asked = { Scope: "Local", PathPrefix: path } as const;
      for await (const { Policies = [] } of paginateListPolicies(
        { client: interrupted.cloud.iam() },
        asked,
      )) {
        const live = Policies.find((one) => one.PolicyName === name && one.Path === path);
        if (live) return live.Arn;
      }
      return undefined;
    });
    return foundAs(arn, interrupted);
  },

  "aws:lambda/function:Function": async (interrupted) => {
    const { GetFunctionConfigurationCommand } =
      require("@aws-sdk/client-lambda") as typeof import("@aws-sdk/client-lambda");
    const name = textIn(interrupted.resource, "name");
    const live = await asking("GetFunctionConfiguration", name, () =>
      interrupted.cloud.lambda().send(new GetFunctionConfigurationCommand({ FunctionName: name })),
    );
    return foundAs(live?.FunctionName, interrupted);
  },

  "aws:lambda/permission:Permission": async (interrupted) => {
    const { GetPolicyCommand } =
      require("@aws-sdk/client-lambda") as typeof import("@aws-sdk/client-lambda");
    const name = textIn(interrupted.resource, "function");
    const statement = textIn(interrupted.resource, "statementId");
    const live = await asking("GetPolicy", name, () =>
      interrupted.cloud.lambda().send(new GetPolicyCommand({ FunctionName: name })),
    );
    const { Statement = [] } = JSON.parse(live?.Policy ?? "{}") as {
      Statement?: { Sid?: string }[];
    };
    const has = Statement.some(({ Sid }) => Sid === statement);
    return foundAs(has ? statement : undefined, interrupted);
  },
};

function foundAs(id: string | undefined, interrupted: Interrupted) {
  return id === undefined ? NOTHING : found(id, interrupted);
}

const GONE = new Set(["ResourceNotFoundException", "NoSuchEntity", "NoSuchEntityException"]);

/** Undefined where there is no such thing. The SDK's errors carry requests and answers: only the name and the status leave here. */
async function asking<T>(
  call: string,
  about: string,
  work: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    const { name, code, $metadata } = error as Error & {
      code?: string;
      $metadata?: { httpStatusCode?: number };
    };
    if (GONE.has(name)) return undefined;
    const status = $metadata?.httpStatusCode;
    throw new Error(
      `AWS: ${call} on ${about}: ${status === undefined ? (code ?? name) : `${status} ${name}`}`,
      { cause: error },
    );
  }
}
