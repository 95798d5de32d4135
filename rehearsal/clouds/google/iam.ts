/** IAM v1 over REST: service accounts, their keys and policies. */
import { z } from "zod";

import type { Account } from "./accounts";
import type { CloudContext } from "./context";
import { invalid } from "./errors";
import { page } from "./paging";
import { iamRoute, policyKey, requireProject } from "./iam-common";
import { serviceAccountKeyRoutes } from "./iam-keys";
import { policyRoutes } from "./policies";
import type { ApiRequest, Route } from "./router";

const ACCOUNTS = "/v1/projects/{project}/serviceAccounts";
const ACCOUNT = `${ACCOUNTS}/{account}`;

const accountBody = z.strictObject({
  name: z.string().optional(),
  projectId: z.string().optional(),
  uniqueId: z.string().optional(),
  email: z.string().optional(),
  displayName: z.string().optional(),
  description: z.string().optional(),
  etag: z.string().optional(),
  oauth2ClientId: z.string().optional(),
  disabled: z.boolean().optional(),
});
const createBody = z.strictObject({
  accountId: z.string().default(""),
  serviceAccount: accountBody.optional(),
});
const patchBody = z.strictObject({
  serviceAccount: accountBody.optional(),
  updateMask: z.string().optional(),
});
/** Routes of IAM. */
export function iamRoutes(ctx: CloudContext): Route[] {
  const api = new IamApi(ctx);
  const on = iamRoute(ctx);
  return [
    on("GET", ACCOUNTS, "serviceAccounts.list", (r) => api.list(r), {
      query: ["pageSize", "pageToken"],
    }),
    on("POST", ACCOUNTS, "serviceAccounts.create", (r) => api.create(r), { body: createBody }),
    on("GET", ACCOUNT, "serviceAccounts.get", (r) => api.account(api.find(r))),
    on("PATCH", ACCOUNT, "serviceAccounts.update", (r) => api.patch(r), { body: patchBody }),
    on("DELETE", ACCOUNT, "serviceAccounts.delete", (r) => api.delete(r)),
    on("POST", `${ACCOUNT}:enable`, "serviceAccounts.enable", (r) => api.disable(r, false)),
    on("POST", `${ACCOUNT}:disable`, "serviceAccounts.disable", (r) => api.disable(r, true)),
    ...serviceAccountKeyRoutes(ctx),
    ...policyRoutes(ctx, {
      service: "iam",
      path: ACCOUNT,
      read: "POST",
      key: ({ project, account }) => {
        requireProject(ctx, project ?? "");
        return policyKey(ctx.accounts.get(account ?? "").email);
      },
    }),
  ];
}

class IamApi {
  constructor(private readonly ctx: CloudContext) {}

  find({ params }: ApiRequest): Account {
    return this.ctx.accounts.get(params["account"] ?? "");
  }

  list({ query }: ApiRequest) {
    const { items, nextPageToken } = page(this.ctx.accounts.list(), query, 20);
    return {
      ...(items.length > 0 ? { accounts: items.map((account) => this.account(account)) } : {}),
      ...(nextPageToken === undefined ? {} : { nextPageToken }),
    };
  }

  create({ body }: ApiRequest) {
    const { accountId, serviceAccount } = body as z.output<typeof createBody>;
    const { displayName, description } = serviceAccount ?? {};
    const account = this.ctx.accounts.create(accountId, {
      ...(displayName === undefined ? {} : { displayName }),
      ...(description === undefined ? {} : { description }),
    });
    this.ctx.writes.record("serviceAccount.create", policyKey(account.email));
    return this.account(account);
  }

  patch(request: ApiRequest) {
    const account = this.find(request);
    const { serviceAccount = {}, updateMask = "" } = request.body as z.output<typeof patchBody>;
    const fields: { displayName?: string; description?: string } = {};
    for (const name of updateMask.split(",").map((part) => part.trim())) {
      if (name === "displayName" || name === "display_name") {
        fields.displayName = serviceAccount.displayName ?? "";
      } else if (name === "description") fields.description = serviceAccount.description ?? "";
      else throw invalid(`Invalid update_mask: '${name}' is none of display_name, description.`);
    }
    this.ctx.accounts.patch(account, fields);
    this.ctx.writes.record("serviceAccount.patch", policyKey(account.email));
    return this.account(account);
  }

  delete(request: ApiRequest) {
    const account = this.find(request);
    this.ctx.accounts.delete(account);
    this.ctx.policies.remove(policyKey(account.email));
    this.ctx.policies.accountDeleted(account.email, account.uniqueId);
    this.ctx.writes.record("serviceAccount.delete", policyKey(account.email));
    return {};
  }

  disable(request: ApiRequest, disabled: boolean) {
    const account = this.find(request);
    account.disabled = disabled;
    const kind = disabled ? "serviceAccount.disable" : "serviceAccount.enable";
    this.ctx.writes.record(kind, policyKey(account.email));
    return {};
  }

  /** An account as the API answers it. */
  account({ email, uniqueId, displayName, description, disabled, etag }: Account) {
    return {
      name: `projects/${this.ctx.project}/serviceAccounts/${email}`,
      projectId: this.ctx.project,
      uniqueId,
      email,
      ...(displayName === "" ? {} : { displayName }),
      ...(description === "" ? {} : { description }),
      etag,
      oauth2ClientId: uniqueId,
      ...(disabled ? { disabled } : {}),
    };
  }
}
