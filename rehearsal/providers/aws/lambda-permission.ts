import {
  AddPermissionCommand,
  GetPolicyCommand,
  RemovePermissionCommand,
} from "@aws-sdk/client-lambda";
import { z } from "zod";
import type { Resource } from "../protocol/resource";
import type { Aws } from "./config";
import { calling, defined, deleting, finding, splitId, text } from "./shared";

const token = "aws:lambda/permission:Permission";

const inputs = z.strictObject({
  action: z.string(),
  function: z.string(),
  principal: z.string(),
  region: text,
  sourceAccount: text,
  sourceArn: text,
  statementId: z.string(),
});

interface Statement {
  readonly Sid?: string;
  readonly Action?: string;
  readonly Principal?: string | { readonly Service?: string; readonly AWS?: string };
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** Lets a service or an account call a function; a statement of the function's own policy. Every change replaces it. */
export const lambdaPermission: Resource<Aws> = {
  token,
  inputs,
  autoName: "statementId",
  replaceOn: [
    "action",
    "function",
    "principal",
    "region",
    "sourceAccount",
    "sourceArn",
    "statementId",
  ],
  deleteBeforeReplace: (old, wanted) =>
    old.statementId === wanted.statementId && old.function === wanted.function,
  serverFilled: ["region"],
  computed: [],
  planned: (_given, { client }) => ({ region: client.region }),

  async create(given, { client }) {
    const { function: name = "", statementId = "" } = given as Record<string, string>;
    await calling("Lambda", "AddPermission", name, () =>
      client.lambda.send(
        new AddPermissionCommand({
          FunctionName: name,
          StatementId: statementId,
          Action: given.action as string,
          Principal: given.principal as string,
          SourceArn: given.sourceArn as string | undefined,
          SourceAccount: given.sourceAccount as string | undefined,
        }),
      ),
    );
    return { id: statementId, outputs: { region: client.region } };
  },

  async read(id, old, { client }) {
    const [name = "", sid = ""] = old
      ? [old.inputs.function as string, id]
      : splitId(id, token, "/", "<function>/<statement>");
    const live = await finding(() =>
      calling("Lambda", "GetPolicy", name, () =>
        client.lambda.send(new GetPolicyCommand({ FunctionName: name })),
      ),
    );
    const { Statement = [] } = JSON.parse(live?.Policy ?? "{}") as { Statement?: Statement[] };
    const found = Statement.find(({ Sid }) => Sid === sid);
    if (!found) return undefined;
    const { Principal: who } = found;
    const conditions = Object.assign({}, ...Object.values(found.Condition ?? {})) as Record<
      string,
      string
    >;
    const lower = Object.fromEntries(
      Object.entries(conditions).map(([key, value]) => [key.toLowerCase(), value]),
    );
    const inputs = defined({
      action: found.Action,
      function: name,
      principal: typeof who === "object" ? (who.Service ?? who.AWS) : who,
      region: client.region,
      sourceAccount: lower["aws:sourceaccount"],
      sourceArn: lower["aws:sourcearn"],
      statementId: sid,
    });
    return { id: sid, inputs, outputs: { region: client.region } };
  },

  async delete(id, { inputs: old }, { client }) {
    const name = old.function as string;
    await deleting(() =>
      calling("Lambda", "RemovePermission", name, () =>
        client.lambda.send(new RemovePermissionCommand({ FunctionName: name, StatementId: id })),
      ),
    );
  },
};
