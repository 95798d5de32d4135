/** Long-running operations of the v2 style, as Cloud Run answers them: `projects/p/locations/l/operations/id`. */
import { randomUUID } from "node:crypto";

import { ApiError, notFound } from "./errors";
import type { Route } from "./router";

/** `google.longrunning.Operation` in JSON. */
export interface Operation {
  name: string;
  metadata?: Record<string, unknown>;
  done: boolean;
  response?: Record<string, unknown>;
  error?: { code: number; message: string };
}

/** Operations of one project; finished ones stay for as long as the server runs. */
export class OperationStore {
  private readonly byName = new Map<string, { operation: Operation; finished: Promise<void> }>();

  /**
   * Starts `work` and answers at once with the operation, not yet done. Its result becomes `response` (give it its `@type`),
   * an exception becomes `error`; neither rejects anything here.
   * @param parent `projects/<project>/locations/<location>`.
   */
  start(
    parent: string,
    metadata: Record<string, unknown>,
    work: () => Promise<Record<string, unknown>>,
  ): Operation {
    const operation: Operation = {
      name: `${parent}/operations/${randomUUID()}`,
      metadata,
      done: false,
    };
    const answer = { ...operation };
    const finished = work().then(
      (response) => void Object.assign(operation, { done: true, response }),
      (error: unknown) => void Object.assign(operation, { done: true, error: rpcError(error) }),
    );
    this.byName.set(operation.name, { operation, finished });
    return answer;
  }

  /** The operation as it is now; throws 404. */
  get(name: string): Operation {
    return { ...this.entry(name).operation };
  }

  /** Waits until the operation is done or `timeoutMs` is over, then answers it as it is. */
  async wait(name: string, timeoutMs: number): Promise<Operation> {
    const { finished } = this.entry(name);
    const timer: { id?: NodeJS.Timeout } = {};
    const timeout = new Promise<void>((resolve) => (timer.id = setTimeout(resolve, timeoutMs)));
    await Promise.race([finished, timeout]);
    clearTimeout(timer.id);
    return this.get(name);
  }

  /** Resolves when no operation is running; for `stop()`. */
  async settled(): Promise<void> {
    await Promise.all([...this.byName.values()].map((entry) => entry.finished));
  }

  private entry(name: string): { operation: Operation; finished: Promise<void> } {
    const found = this.byName.get(name);
    if (!found) throw notFound(`Resource '${name}' was not found`);
    return found;
  }
}

/** `get` and `wait` of operations below `/v2`. */
export function operationRoutes(store: OperationStore): Route[] {
  const path = "/v2/projects/{project}/locations/{location}/operations/{operation}";
  const nameOf = (p: Readonly<Record<string, string>>) =>
    `projects/${p["project"]}/locations/${p["location"]}/operations/${p["operation"]}`;
  return [
    {
      service: "run",
      method: "GET",
      path,
      permission: "run.operations.get",
      handler: ({ params }) => store.get(nameOf(params)),
    },
    {
      service: "run",
      method: "POST",
      path: `${path}:wait`,
      permission: "run.operations.get",
      handler: ({ params }) => store.wait(nameOf(params), 20_000),
    },
  ];
}

function rpcError(error: unknown): { code: number; message: string } {
  if (error instanceof ApiError) return error.rpcStatus();
  return { code: 13, message: error instanceof Error ? error.message : String(error) };
}
