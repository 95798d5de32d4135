import { modifyPolicy, type Policy } from "./policies";
import type { Transport } from "./transport";

/** Resource Manager v1: a project and its IAM policy. */
export class ResourceManager {
  constructor(
    private readonly transport: Transport,
    private readonly base: string,
  ) {}

  /** The project; its number is what Secret Manager uses in resource names. */
  getProject(project: string): Promise<{ projectId: string; projectNumber: string }> {
    const resource = `projects/${project}`;
    return this.transport.send({
      service: "cloudresourcemanager",
      method: "projects.get",
      resource,
      verb: "GET",
      url: `${this.base}${resource}`,
    });
  }

  getIamPolicy(project: string): Promise<Policy> {
    return this.#policy("getIamPolicy", project, { options: { requestedPolicyVersion: 3 } });
  }

  setIamPolicy(project: string, policy: Policy): Promise<Policy> {
    return this.#policy("setIamPolicy", project, { policy });
  }

  /** Read-modify-write of the project's policy under its etag; see {@link modifyPolicy}. */
  modifyIamPolicy(project: string, edit: (policy: Policy) => Policy | undefined): Promise<Policy> {
    return modifyPolicy(
      () => this.getIamPolicy(project),
      (policy) => this.setIamPolicy(project, policy),
      edit,
    );
  }

  #policy(verb: string, project: string, body: unknown): Promise<Policy> {
    const resource = `projects/${project}`;
    return this.transport.send<Policy>({
      service: "cloudresourcemanager",
      method: `projects.${verb}`,
      resource,
      verb: "POST",
      url: `${this.base}${resource}:${verb}`,
      body,
    });
  }
}
