/** Operations of Cloud SQL: one change at a time per instance, everybody else is told to come again. */
import { randomUUID } from "node:crypto";

import { ApiError } from "./errors";

/** An operation as `operations.get` answers it. */
export interface SqlOperation {
  kind: "sql#operation";
  name: string;
  status: "RUNNING" | "DONE";
  operationType: string;
  user: string;
  insertTime: string;
  startTime: string;
  endTime?: string;
  targetId: string;
  targetProject: string;
  targetLink: string;
  selfLink: string;
  error?: {
    kind: "sql#operationErrors";
    errors: { kind: "sql#operationError"; code: string; message: string }[];
  };
}

/** When the answer to a change comes. */
export type SqlAnswers = "done" | "running";

/** Operations of one instance; finished ones stay for as long as the server runs. */
export class SqlOperations {
  private readonly byName = new Map<string, SqlOperation>();
  private running: Promise<void> | undefined;

  /**
   * @param links base address of the API, project and instance, for the links in answers.
   * @param answers `done`: a change is answered when it is finished and its failure is the answer's own (400), as Cloud SQL does
   *   for users today; `running`: it is answered at once, and a failure stands in the operation.
   */
  constructor(
    private readonly links: () => { api: string; project: string; instance: string },
    private readonly answers: SqlAnswers,
  ) {}

  /** Runs a change; 409 operationInProgress while another one runs. */
  async start(type: string, user: string, work: () => Promise<void>): Promise<SqlOperation> {
    if (this.running) {
      throw ApiError.legacy(
        409,
        "operationInProgress",
        "Operation failed because another operation was already in progress. Try your request after the current operation is complete.",
      );
    }
    const operation = this.begin(type, user);
    let failure: unknown;
    this.running = work()
      .catch((error: unknown) => {
        failure = error;
        operation.error = describe(error);
      })
      .finally(() => {
        this.running = undefined;
        operation.status = "DONE";
        operation.endTime = new Date().toISOString();
      });
    if (this.answers === "running") return { ...operation };
    await this.running;
    if (failure !== undefined) throw failure as Error;
    return { ...operation };
  }

  /** The operation as it is now; 404. */
  get(name: string): SqlOperation {
    const operation = this.byName.get(name);
    if (operation) return { ...operation };
    throw ApiError.legacy(
      404,
      "operationDoesNotExist",
      "The Cloud SQL instance operation does not exist.",
    );
  }

  /** Newest first. */
  list(): SqlOperation[] {
    return [...this.byName.values()].reverse().map((operation) => ({ ...operation }));
  }

  /** Resolves when nothing is running. */
  async settled(): Promise<void> {
    await this.running;
  }

  private begin(operationType: string, user: string): SqlOperation {
    const { api, project, instance } = this.links();
    const name = randomUUID();
    const now = new Date().toISOString();
    const operation: SqlOperation = {
      kind: "sql#operation",
      name,
      status: "RUNNING",
      operationType,
      user,
      insertTime: now,
      startTime: now,
      targetId: instance,
      targetProject: project,
      targetLink: `${api}projects/${project}/instances/${instance}`,
      selfLink: `${api}projects/${project}/operations/${name}`,
    };
    this.byName.set(name, operation);
    return operation;
  }
}

function describe(error: unknown): NonNullable<SqlOperation["error"]> {
  const known = error instanceof ApiError;
  const code = known ? (error.legacyReason ?? error.reason) : "INTERNAL_ERROR";
  const message = known ? error.message : "An unknown error occurred.";
  return {
    kind: "sql#operationErrors",
    errors: [{ kind: "sql#operationError", code, message }],
  };
}
