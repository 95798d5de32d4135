/** Jobs and executions of Cloud Run over REST. */
import { alreadyExists, precondition } from "./errors";
import type { Operation } from "./operations";
import { policyRoutes } from "./policies";
import type { ApiRequest, Route } from "./router";
import {
  DELETE,
  find,
  isDry,
  LIST,
  listed,
  LOCATION,
  missing,
  on,
  operation,
  PATCH,
  settable,
  type Params,
} from "./run-api";
import type { Execution } from "./run-executions";
import { Job } from "./run-jobs";
import { checkId, parentOf } from "./run-names";
import type { RevisionOwner } from "./run-revisions";
import {
  applyMask,
  checkAnnotations,
  checkEtag,
  completeExecution,
  overriddenExecution,
} from "./run-rules";
import { JOB_FIELDS, jobBody, runJobBody, type JobFields, type RunJobBody } from "./run-schemas";

const ONE = "jobs/{job}";
const EXECUTIONS = `${ONE}/executions`;
const EXECUTION = `${EXECUTIONS}/{execution}`;

/** Handlers and state of the jobs of one fake. */
export class JobApi {
  private readonly jobs = new Map<string, Job>();

  constructor(private readonly owner: Omit<RevisionOwner, "service">) {}

  /** Waits for the processes of executions, which `aborted` ends. */
  async stop(): Promise<void> {
    const executions = [...this.jobs.values()].flatMap((job) => job.listExecutions());
    await Promise.all(executions.map((execution) => execution.finished));
  }

  routes(): Route[] {
    return [
      on("GET", "jobs", "jobs.list", (r) => this.list(r), LIST),
      on("POST", "jobs", "jobs.create", (r) => this.create(r), {
        query: ["jobId", "validateOnly"],
        body: jobBody,
      }),
      on("GET", ONE, "jobs.get", (r) => this.find(r).describe()),
      on("PATCH", ONE, "jobs.update", (r) => this.patch(r), { query: PATCH, body: jobBody }),
      on("DELETE", ONE, "jobs.delete", (r) => this.delete(r), DELETE),
      on("POST", `${ONE}:run`, "jobs.run", (r) => this.run(r), { body: runJobBody }),
      on("GET", EXECUTIONS, "executions.list", (r) => this.listExecutions(r), LIST),
      on("GET", EXECUTION, "executions.get", (r) => this.execution(r).describe()),
      on("DELETE", EXECUTION, "executions.delete", (r) => this.deleteExecution(r), DELETE),
      ...policyRoutes(this.owner.ctx, {
        service: "run",
        path: `${LOCATION}/${ONE}`,
        read: "GET",
        key: (params) => `run/jobs/${this.find({ params }).id}`,
      }),
    ];
  }

  private find(request: Params): Job {
    return find(this.owner.ctx, this.jobs, "job", request);
  }

  private list(request: ApiRequest) {
    parentOf(this.owner.ctx, request.params);
    return listed("jobs", [...this.jobs.values()], request);
  }

  private listExecutions(request: ApiRequest) {
    return listed("executions", this.find(request).listExecutions(), request);
  }

  private execution(request: ApiRequest): Execution {
    const job = this.find(request);
    const id = request.params["execution"] ?? "";
    const found = job.execution(id);
    if (found === undefined) throw missing(`${job.name}/executions/${id}`);
    return found;
  }

  private create(request: ApiRequest): Operation {
    const { ctx } = this.owner;
    const parent = parentOf(ctx, request.params);
    const id = checkId("job", request.query["jobId"] ?? "");
    if (this.jobs.has(id)) throw alreadyExists(`Resource '${id}' already exists.`);
    const created = (execution: string) =>
      ctx.writes.record("execution.create", `jobs/${id}/executions/${execution}`);
    const owner = { ...this.owner, service: `${parent}/jobs/${id}` };
    const job = new Job(owner, created, this.fields(request));
    if (isDry(request)) return operation(ctx, request, "Job", job);
    const work = job.apply(job.fields);
    this.jobs.set(id, job);
    ctx.writes.record("job.create", `jobs/${id}`);
    return operation(ctx, request, "Job", job, work);
  }

  private patch(request: ApiRequest): Operation {
    const { ctx } = this.owner;
    const { params, query } = request;
    const jobId = params["job"] ?? "";
    if (query["allowMissing"] === "true" && !this.jobs.has(jobId)) {
      return this.create({ ...request, query: { ...query, jobId } });
    }
    const job = this.find(request);
    const fields = this.fields(request, job.fields);
    checkEtag(job.id, (request.body as JobFields).etag, job.etag);
    if (isDry(request)) return operation(ctx, request, "Job", job);
    const changes = job.wouldChange(fields);
    const work = job.apply(fields);
    if (changes) ctx.writes.record("job.patch", `jobs/${job.id}`);
    return operation(ctx, request, "Job", job, work);
  }

  private delete(request: ApiRequest): Operation {
    const { ctx } = this.owner;
    const job = this.find(request);
    checkEtag(job.id, request.query["etag"], job.etag);
    if (isDry(request)) return operation(ctx, request, "Job", job);
    this.jobs.delete(job.id);
    ctx.policies.remove(`run/jobs/${job.id}`);
    ctx.writes.record("job.delete", `jobs/${job.id}`);
    return operation(ctx, request, "Job", job);
  }

  private run(request: ApiRequest): Operation {
    const { ctx } = this.owner;
    const job = this.find(request);
    const { etag, overrides, validateOnly } = request.body as RunJobBody;
    checkEtag(job.id, etag, job.etag);
    const template = overriddenExecution(job.fields.template, overrides);
    if (validateOnly === true) return operation(ctx, request, "Job", job);
    const execution = job.run(template);
    return operation(ctx, request, "Execution", execution, async () => {
      const failure = await execution.finished;
      if (failure !== undefined) throw precondition(failure.message);
    });
  }

  private deleteExecution(request: ApiRequest): Operation {
    const { ctx } = this.owner;
    const execution = this.execution(request);
    if (isDry(request)) return operation(ctx, request, "Execution", execution);
    const job = this.find(request);
    job.deleteExecution(execution);
    ctx.writes.record("execution.delete", `jobs/${job.id}/executions/${execution.id}`);
    return operation(ctx, request, "Execution", execution);
  }

  private fields({ body, query }: ApiRequest, current?: JobFields): JobFields {
    const input = settable<JobFields>(body, JOB_FIELDS);
    const fields =
      current === undefined ? input : applyMask(current, input, query["updateMask"], JOB_FIELDS);
    checkAnnotations(fields.annotations);
    return {
      launchStage: "GA",
      ...fields,
      template: completeExecution(this.owner.ctx, fields.template),
    };
  }
}
