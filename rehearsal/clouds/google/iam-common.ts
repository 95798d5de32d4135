/** What the routes of IAM share. */
import type { CloudContext } from "./context";
import type { ApiRequest, Route } from "./router";

/** A maker of IAM's routes, which checks the project and asks the account's policy. */
export function iamRoute(ctx: CloudContext) {
  return (
    method: Route["method"],
    path: string,
    permission: string,
    handler: (request: ApiRequest) => unknown,
    more: Pick<Route, "query" | "body"> = {},
  ): Route => ({
    service: "iam",
    method,
    path,
    permission: `iam.${permission}`,
    resource: ({ account }) => policyKey(ctx.accounts.find(account ?? "")?.email ?? ""),
    handler: (request) => {
      requireProject(ctx, request.params["project"] ?? "");
      return handler(request);
    },
    ...more,
  });
}

/** 403 for another project; `-` stands for any project, as in `projects/-/serviceAccounts/<email>`. */
export function requireProject(ctx: CloudContext, project: string): void {
  if (project !== "-") ctx.requireProject(project);
}

/** Key of an account's policy, and its name in the counters of writes. */
export function policyKey(email: string): string {
  return `serviceAccounts/${email}`;
}
