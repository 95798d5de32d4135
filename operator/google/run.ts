import { GoogleApiError } from "./errors";
import { allPages, poll } from "./operations";
import { modifyPolicy, type Policy } from "./policies";
import type { Call, Transport } from "./transport";

/** Any object of the Cloud Run API; fields are the API's own and are read by those who need them. */
export type RunObject = Record<string, unknown> & { name?: string; etag?: string };

/** A long-running operation of the v2 API. */
export interface RunOperation {
  name: string;
  done?: boolean;
  error?: { code?: number; message?: string };
  response?: RunObject;
  metadata?: RunObject;
}

/** Which collection of a location. */
export type RunKind = "services" | "jobs";

/**
 * Cloud Run v2: services, jobs, revisions and executions. Names are full resource names
 * (`projects/p/locations/l/services/s`). Writes wait for their operation unless said otherwise.
 */
export class CloudRun {
  constructor(
    private readonly transport: Transport,
    private readonly base: string,
  ) {}

  get(name: string): Promise<RunObject> {
    return this.#send("GET", `${kindOf(name)}.get`, name, name);
  }

  /** Lists services, jobs, revisions (`…/services/s/revisions`) or executions (`…/jobs/j/executions`). */
  list(collection: string): Promise<RunObject[]> {
    const field = collection.slice(collection.lastIndexOf("/") + 1);
    return allPages(async (pageToken) => {
      const page = await this.#send<Record<string, unknown>>(
        "GET",
        `${field}.list`,
        collection,
        collection,
        { query: { pageSize: 100, pageToken } },
      );
      return {
        items: (page[field] as RunObject[] | undefined) ?? [],
        next: page.nextPageToken as string | undefined,
      };
    });
  }

  /** Creates a service or a job and returns at once; follow with {@link waitFor}. */
  startCreate(parent: string, kind: RunKind, id: string, body: RunObject): Promise<RunOperation> {
    const parameter = kind === "services" ? "serviceId" : "jobId";
    const name = `${parent}/${kind}/${id}`;
    return this.#send("POST", `${kind}.create`, name, `${parent}/${kind}`, {
      query: { [parameter]: id },
      body,
    });
  }

  /** Changes a service or a job and returns at once; follow with {@link waitFor}. */
  startPatch(name: string, body: RunObject, updateMask?: string): Promise<RunOperation> {
    return this.#send("PATCH", `${kindOf(name)}.patch`, name, name, {
      query: { updateMask },
      body,
    });
  }

  /** Deletes a service or a job. */
  async delete(name: string): Promise<void> {
    const method = `${kindOf(name)}.delete`;
    await this.waitFor(await this.#send<RunOperation>("DELETE", method, name, name), method);
  }

  /** Runs a job once and waits for its execution; throws when the execution fails. */
  async runJob(name: string, overrides?: RunObject): Promise<RunObject> {
    const operation = await this.#send<RunOperation>("POST", "jobs.run", name, `${name}:run`, {
      body: overrides ? { overrides } : {},
    });
    return this.waitFor(operation, "jobs.run");
  }

  /** Waits for an operation and returns its response; throws with the operation's own code. */
  async waitFor(operation: RunOperation, method: string): Promise<RunObject> {
    const site = { service: "run", method, resource: operation.name };
    const finished = await poll(
      this.transport,
      site,
      operation,
      () => this.#send<RunOperation>("GET", method, operation.name, operation.name),
      (current) => current.done === true,
    );
    if (finished.error) {
      const { code, message } = finished.error;
      throw new GoogleApiError(site, 0, `OPERATION_FAILED(${code ?? "?"})`, message ?? "");
    }
    return finished.response ?? {};
  }

  getIamPolicy(name: string): Promise<Policy> {
    return this.#send("GET", `${kindOf(name)}.getIamPolicy`, name, `${name}:getIamPolicy`, {
      query: { "options.requestedPolicyVersion": 3 },
    });
  }

  setIamPolicy(name: string, policy: Policy): Promise<Policy> {
    const method = `${kindOf(name)}.setIamPolicy`;
    return this.#send("POST", method, name, `${name}:setIamPolicy`, { body: { policy } });
  }

  /** Read-modify-write of the policy under its etag; see {@link modifyPolicy}. */
  modifyIamPolicy(name: string, edit: (policy: Policy) => Policy | undefined): Promise<Policy> {
    return modifyPolicy(
      () => this.getIamPolicy(name),
      (policy) => this.setIamPolicy(name, policy),
      edit,
    );
  }

  #send<T>(
    verb: Call["verb"],
    method: string,
    resource: string,
    path: string,
    more: Pick<Call, "query" | "body"> = {},
  ): Promise<T> {
    const url = `${this.base}${path}`;
    return this.transport.send<T>({ service: "run", method, resource, verb, url, ...more });
  }
}

// `projects/p/locations/l/services/s/revisions/r` → `revisions`: the collection of the last segment.
function kindOf(name: string): string {
  return name.split("/").at(-2) ?? name;
}
