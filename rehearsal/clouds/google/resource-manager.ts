/** Cloud Resource Manager v1, as little as the stacks and the operator need: the project and its policy. */
import type { CloudContext } from "./context";
import { policyRoutes, PROJECT_POLICY } from "./policies";
import type { Route } from "./router";

const PROJECT = "/v1/projects/{project}";

/** Routes of Cloud Resource Manager. */
export function resourceManagerRoutes(ctx: CloudContext): Route[] {
  const createTime = new Date().toISOString();
  return [
    {
      service: "cloudresourcemanager",
      method: "GET",
      path: PROJECT,
      permission: "resourcemanager.projects.get",
      handler: ({ params }) => {
        ctx.requireProject(params["project"] ?? "");
        return {
          projectNumber: ctx.projectNumber,
          projectId: ctx.project,
          lifecycleState: "ACTIVE",
          name: ctx.project,
          createTime,
        };
      },
    },
    ...policyRoutes(ctx, {
      service: "cloudresourcemanager",
      path: PROJECT,
      read: "POST",
      key: ({ project }) => {
        ctx.requireProject(project ?? "");
        return PROJECT_POLICY;
      },
    }),
  ];
}
