/** Jobs of the Cloud Run fake: a template, its executions, and tokens that make a change of the job run it. */
import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { invalid, precondition } from "./errors";
import { Execution } from "./run-executions";
import { condition, newEtag, now, reconciling, suffix, type Condition } from "./run-names";
import type { RevisionOwner } from "./run-revisions";
import { generationText, type ExecutionTemplate, type JobFields } from "./run-schemas";

/** One job. */
export class Job {
  private readonly uid = randomUUID();
  private readonly createTime = now();
  private updateTime = this.createTime;
  private generation = 0;
  private observed = 0;
  private terminal: Condition = reconciling("Ready");
  private executions: Execution[] = [];
  etag = newEtag();

  constructor(
    private readonly owner: RevisionOwner,
    /** Called with the short name of each execution that is created. */
    private readonly created: (execution: string) => void,
    /** What callers set, complete. */
    public fields: JobFields,
  ) {}

  /** Full name. */
  get name(): string {
    return this.owner.service;
  }

  /** Short name. */
  get id(): string {
    return this.name.split("/").at(-1) ?? this.name;
  }

  /** True when `fields` would change something. */
  wouldChange(fields: JobFields): boolean {
    return !isDeepStrictEqual(fields, this.fields);
  }

  /**
   * Takes over `fields` at once and answers the work that follows. With a `runExecutionToken` that ends when the execution
   * `<job>-<token>` has completed, and rejects when it failed; with a `startExecutionToken`, when it has started. A token names its
   * execution for good: the same token again runs nothing, and its failed execution fails the job again until that is deleted.
   */
  apply(fields: JobFields): () => Promise<void> {
    const { runExecutionToken: run, startExecutionToken: start } = fields;
    const token = run ?? start;
    if (run !== undefined && start !== undefined) {
      throw invalid("Only one of run_execution_token and start_execution_token may be set.");
    }
    if (token !== undefined && !/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(token)) {
      throw invalid(
        "The execution token must be lower-case letters, digits and hyphens, as it ends the execution's name.",
      );
    }
    if (token !== undefined && this.id.length + token.length >= 63) {
      throw invalid("The sum of job name and token length must be fewer than 63 characters.");
    }
    if (this.generation === 0 || this.wouldChange(fields)) {
      this.fields = fields;
      this.generation++;
      this.updateTime = now();
      this.etag = newEtag();
    }
    const generation = this.generation;
    this.terminal = reconciling("Ready");
    return async () => {
      const execution =
        token === undefined
          ? undefined
          : (this.execution(`${this.id}-${token}`) ?? this.execute(`${this.id}-${token}`));
      const failure = run === undefined ? await execution?.started : await execution?.finished;
      this.observed = Math.max(this.observed, generation);
      this.terminal = condition("Ready", failure ?? undefined);
      if (failure) throw precondition(failure.message);
    };
  }

  /** Runs the job once, with `template` in place of its own where given. */
  run(template: ExecutionTemplate = this.fields.template): Execution {
    return this.execute(`${this.id}-${suffix(5)}`, template);
  }

  /** Its executions, the latest first. */
  listExecutions(): readonly Execution[] {
    return [...this.executions].reverse();
  }

  /** The execution of that short name, if there is one. */
  execution(id: string): Execution | undefined {
    return this.executions.find((execution) => execution.id === id);
  }

  /** Forgets an execution; its token may then be used again. */
  deleteExecution(execution: Execution): void {
    this.executions = this.executions.filter((one) => one !== execution);
  }

  /** The job as the v2 API answers it. */
  describe(): Record<string, unknown> {
    const busy = this.observed !== this.generation;
    return {
      name: this.name,
      uid: this.uid,
      generation: generationText(this.generation),
      observedGeneration: generationText(this.observed),
      createTime: this.createTime,
      updateTime: this.updateTime,
      creator: "operator@example.com",
      lastModifier: "operator@example.com",
      ...this.fields,
      etag: this.etag,
      executionCount: this.executions.length,
      latestCreatedExecution: this.executions.at(-1)?.reference(),
      terminalCondition: this.terminal,
      conditions: [{ ...this.terminal, type: "ResourcesAvailable" }],
      ...(busy ? { reconciling: true } : {}),
    };
  }

  private execute(id: string, template: ExecutionTemplate = this.fields.template): Execution {
    const execution = new Execution(this.owner, id, template);
    this.executions.push(execution);
    this.created(id);
    return execution;
  }
}
