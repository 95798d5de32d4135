/** Executions of the Cloud Run fake: the processes of one run of a job, with retries, until each task succeeded or the execution failed. */
import { randomUUID } from "node:crypto";
import { resolveEnv, StartFailure } from "./run-env";
import { launchContainer } from "./run-instances";
import { condition, newEtag, now, reconciling, type Condition, type Failure } from "./run-names";
import type { RevisionOwner } from "./run-revisions";
import { generationText, type Container, type ExecutionTemplate } from "./run-schemas";

/** One execution. */
export class Execution {
  readonly createTime = now();
  private readonly uid = randomUUID();
  private readonly etag = newEtag();
  private completed: Condition = reconciling("Completed");
  private completionTime: string | undefined;
  private counts = { running: 0, succeeded: 0, failed: 0, retried: 0 };
  /** Resolves when every task has its first process, or the execution has failed before. */
  readonly started: Promise<void>;
  /** Resolves with what failed, or with nothing. */
  readonly finished: Promise<Failure | undefined>;

  constructor(
    private readonly owner: RevisionOwner,
    /** Short name, unique in its job. */
    readonly id: string,
    private readonly template: ExecutionTemplate,
  ) {
    let markStarted: () => void = () => undefined;
    this.started = new Promise((resolve) => (markStarted = resolve));
    this.finished = this.run(markStarted).finally(markStarted);
  }

  /** `…/executions/<id>` */
  get name(): string {
    return `${this.owner.service}/executions/${this.id}`;
  }

  /** The reference that a job holds of its latest execution. */
  reference(): Record<string, unknown> {
    const status = {
      CONDITION_SUCCEEDED: "EXECUTION_SUCCEEDED",
      CONDITION_FAILED: "EXECUTION_FAILED",
      CONDITION_RECONCILING: "EXECUTION_RUNNING",
    }[this.completed.state];
    const { name, createTime, completionTime } = this;
    return { name, createTime, completionTime, completionStatus: status };
  }

  /** The execution as the v2 API answers it. */
  describe(): Record<string, unknown> {
    const done = this.completionTime !== undefined;
    return {
      name: this.name,
      uid: this.uid,
      generation: generationText(1),
      observedGeneration: generationText(1),
      job: this.owner.service.split("/").at(-1),
      createTime: this.createTime,
      startTime: this.createTime,
      completionTime: this.completionTime,
      launchStage: "GA",
      ...this.template,
      conditions: [this.completed],
      runningCount: this.counts.running,
      succeededCount: this.counts.succeeded,
      failedCount: this.counts.failed,
      retriedCount: this.counts.retried,
      etag: this.etag,
      ...(done ? {} : { reconciling: true }),
    };
  }

  private async run(markStarted: () => void): Promise<Failure | undefined> {
    const { template, taskCount = 1 } = this.template;
    const container = template?.containers?.[0] as Container;
    let failure: Failure | undefined;
    try {
      const env = resolveEnv(
        this.owner.ctx,
        container.env ?? [],
        template?.serviceAccount ?? "",
        "Job",
      );
      const tasks = Array.from({ length: taskCount }, (_, index) =>
        this.task(index, container, env, markStarted),
      );
      failure = (await Promise.all(tasks)).find((one) => one !== undefined);
    } catch (error) {
      failure =
        error instanceof StartFailure
          ? error.failure
          : { message: `Internal error: ${String(error)}` };
      this.counts.failed = taskCount;
    }
    this.completed = condition("Completed", failure);
    this.completionTime = now();
    return failure;
  }

  private async task(
    index: number,
    container: Container,
    env: Record<string, string>,
    markStarted: () => void,
  ): Promise<Failure | undefined> {
    const { template, taskCount = 1 } = this.template;
    const { aborted, settings, service } = this.owner;
    const attempts = 1 + (template?.maxRetries ?? 3);
    let message = "";
    for (let attempt = 0; attempt < attempts && !aborted.aborted; attempt++) {
      if (attempt > 0) this.counts.retried++;
      const child = await launchContainer(settings, {
        name: `${this.id}-task${index}-${attempt}`,
        container,
        env: {
          ...env,
          CLOUD_RUN_JOB: service.split("/").at(-1) ?? "",
          CLOUD_RUN_EXECUTION: this.id,
          CLOUD_RUN_TASK_INDEX: String(index),
          CLOUD_RUN_TASK_ATTEMPT: String(attempt),
          CLOUD_RUN_TASK_COUNT: String(taskCount),
        },
      });
      this.counts.running++;
      markStarted();
      let late = false;
      const end = () => void child.kill();
      const timer = setTimeout(
        () => {
          late = true;
          end();
        },
        parseFloat(template?.timeout ?? "600s") * 1000,
      );
      aborted.addEventListener("abort", end, { once: true });
      const { code } = await child.exit;
      clearTimeout(timer);
      aborted.removeEventListener("abort", end);
      this.counts.running--;
      if (code === 0) {
        this.counts.succeeded++;
        return undefined;
      }
      message = late
        ? "The configured timeout was reached."
        : "The container exited with an error.";
    }
    this.counts.failed++;
    return {
      message: `Task ${this.id}-task${index} failed with message: ${message}`,
      executionReason: "NON_ZERO_EXIT_CODE",
    };
  }
}
