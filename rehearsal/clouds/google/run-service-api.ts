/** Services and revisions of Cloud Run over REST. */
import { alreadyExists } from "./errors";
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
import { checkId, parentOf } from "./run-names";
import type { Revision, RevisionOwner } from "./run-revisions";
import { applyMask, checkAnnotations, checkEtag, completeRevision } from "./run-rules";
import { SERVICE_FIELDS, serviceBody, type ServiceFields } from "./run-schemas";
import { Service, type ServiceOwner } from "./run-services";

const ONE = "services/{service}";
const REVISIONS = `${ONE}/revisions`;

/** Handlers and state of the services of one fake. */
export class ServiceApi {
  private readonly services = new Map<string, Service>();
  private readonly owner: ServiceOwner;

  constructor(owner: Omit<RevisionOwner, "service">) {
    const { ctx, settings } = owner;
    const invocable = (id: string) =>
      !settings.enforceInvoker ||
      this.services.get(id)?.fields.invokerIamDisabled === true ||
      ctx.policies.allows("allUsers", "run.routes.invoke", `run/services/${id}`);
    this.owner = { ...owner, invocable };
  }

  /** Ends every service at once. */
  async stop(): Promise<void> {
    await Promise.all([...this.services.values()].map((service) => service.stop(true)));
  }

  routes(): Route[] {
    const { ctx } = this.owner;
    return [
      on("GET", "services", "services.list", (r) => this.list(r), LIST),
      on("POST", "services", "services.create", (r) => this.create(r), {
        query: ["serviceId", "validateOnly"],
        body: serviceBody,
      }),
      on("GET", ONE, "services.get", (r) => this.find(r).describe()),
      on("PATCH", ONE, "services.update", (r) => this.patch(r), {
        query: PATCH,
        body: serviceBody,
      }),
      on("DELETE", ONE, "services.delete", (r) => this.delete(r), DELETE),
      on("GET", REVISIONS, "revisions.list", (r) => this.listRevisions(r), LIST),
      on("GET", `${REVISIONS}/{revision}`, "revisions.get", (r) => this.revision(r).describe()),
      ...policyRoutes(ctx, {
        service: "run",
        path: `${LOCATION}/${ONE}`,
        read: "GET",
        key: (params) => `run/services/${this.find({ params }).id}`,
      }),
    ];
  }

  private find(request: Params): Service {
    return find(this.owner.ctx, this.services, "service", request);
  }

  private list(request: ApiRequest) {
    parentOf(this.owner.ctx, request.params);
    return listed("services", [...this.services.values()], request);
  }

  private listRevisions(request: ApiRequest) {
    return listed("revisions", this.find(request).listRevisions(), request);
  }

  private revision(request: ApiRequest): Revision {
    const service = this.find(request);
    const name = request.params["revision"] ?? "";
    const found = service.listRevisions().find((revision) => revision.name === name);
    if (found === undefined) throw missing(`${service.name}/revisions/${name}`);
    return found;
  }

  private create(request: ApiRequest): Operation {
    const { ctx } = this.owner;
    const parent = parentOf(ctx, request.params);
    const id = checkId("service", request.query["serviceId"] ?? "");
    if (this.services.has(id)) throw alreadyExists(`Resource '${id}' already exists.`);
    const service = new Service(this.owner, `${parent}/services/${id}`, this.fields(request));
    if (isDry(request)) return operation(ctx, request, "Service", service);
    const work = service.apply(service.fields);
    this.services.set(id, service);
    ctx.writes.record("service.create", `services/${id}`);
    return operation(ctx, request, "Service", service, work);
  }

  private patch(request: ApiRequest): Operation {
    const { ctx } = this.owner;
    const { params, query } = request;
    const serviceId = params["service"] ?? "";
    if (query["allowMissing"] === "true" && !this.services.has(serviceId)) {
      return this.create({ ...request, query: { ...query, serviceId } });
    }
    const service = this.find(request);
    const fields = this.fields(request, service.fields);
    checkEtag(service.id, (request.body as ServiceFields).etag, service.etag);
    if (isDry(request)) return operation(ctx, request, "Service", service);
    const changes = service.wouldChange(fields);
    const work = service.apply(fields);
    if (changes) ctx.writes.record("service.patch", `services/${service.id}`);
    return operation(ctx, request, "Service", service, work);
  }

  private delete(request: ApiRequest): Operation {
    const { ctx } = this.owner;
    const service = this.find(request);
    checkEtag(service.id, request.query["etag"], service.etag);
    if (isDry(request)) return operation(ctx, request, "Service", service);
    this.services.delete(service.id);
    ctx.policies.remove(`run/services/${service.id}`);
    ctx.writes.record("service.delete", `services/${service.id}`);
    return operation(ctx, request, "Service", service, () => service.stop(false));
  }

  private fields({ body, query }: ApiRequest, current?: ServiceFields): ServiceFields {
    const input = settable<ServiceFields>(body, SERVICE_FIELDS);
    const fields =
      current === undefined
        ? input
        : applyMask(current, input, query["updateMask"], SERVICE_FIELDS);
    checkAnnotations(fields.annotations);
    return {
      ingress: "INGRESS_TRAFFIC_ALL",
      launchStage: "GA",
      traffic: [{ type: "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST", percent: 100 }],
      ...fields,
      template: completeRevision(this.owner.ctx, fields.template),
    };
  }
}
