/** What the routes of services and jobs share: paths and permissions, lists, dry runs and operations. */
import type { CloudContext } from "./context";
import { notFound } from "./errors";
import type { Operation } from "./operations";
import { page } from "./paging";
import type { ApiRequest, Route } from "./router";
import { parentOf } from "./run-names";

/** Template of a location's path. */
export const LOCATION = "/v2/projects/{project}/locations/{location}";
/** Query parameters of lists. */
export const LIST = { query: ["pageSize", "pageToken"] };
/** Query parameters of patches. */
export const PATCH = ["updateMask", "allowMissing", "validateOnly"];
/** Query parameters of deletions. */
export const DELETE = { query: ["etag", "validateOnly"] };

/** A request, as far as finding a resource goes. */
export type Params = Pick<ApiRequest, "params">;

/** Anything that the API can answer with. */
export interface Describable {
  describe(): Record<string, unknown>;
}

const TYPE = "type.googleapis.com/google.cloud.run.v2";

/** One route below the location. `permission` is without the service's prefix. */
export function on(
  method: Route["method"],
  path: string,
  permission: string,
  handler: Route["handler"],
  more: Pick<Route, "query" | "body"> = {},
): Route {
  return {
    service: "run",
    method,
    path: `${LOCATION}/${path}`,
    permission: `run.${permission}`,
    resource: ({ service, job }) =>
      service === undefined ? `run/jobs/${job ?? ""}` : `run/services/${service}`,
    handler,
    ...more,
  };
}

/** One page of a list. */
export function listed(
  field: string,
  items: readonly Describable[],
  { query }: ApiRequest,
): Record<string, unknown> {
  const { items: some, nextPageToken } = page(items, query, 100);
  return { [field]: some.map((item) => item.describe()), nextPageToken };
}

/** The resource of a call; throws 404, and 403 for another project or region. */
export function find<T>(
  ctx: CloudContext,
  all: ReadonlyMap<string, T>,
  kind: "service" | "job",
  { params }: Params,
): T {
  const id = params[kind] ?? "";
  const parent = parentOf(ctx, params);
  const found = all.get(id);
  if (found === undefined) throw missing(`${parent}/${kind}s/${id}`);
  return found;
}

/** 404 for a full name. */
export const missing = (name: string) => notFound(`Resource '${name}' was not found.`);

/** True when a call is only to be checked. */
export const isDry = ({ query }: ApiRequest) => query["validateOnly"] === "true";

/** What a caller may set, out of a body that may hold the service's own fields too; the etag apart. */
export function settable<T>(body: unknown, fields: readonly string[]): T {
  const entries = Object.entries(body as Record<string, unknown>);
  return Object.fromEntries(
    entries.filter(
      ([name, value]) => fields.includes(name) && name !== "etag" && value !== undefined,
    ),
  ) as T;
}

/** Starts the operation that does `work` and answers with `resource` as it is afterwards. */
export function operation(
  ctx: CloudContext,
  request: Params,
  message: "Service" | "Job" | "Execution",
  resource: Describable,
  work: () => Promise<void> = () => Promise.resolve(),
): Operation {
  const described = () => ({ "@type": `${TYPE}.${message}`, ...resource.describe() });
  return ctx.operations.start(parentOf(ctx, request.params), described(), async () => {
    await work();
    return described();
  });
}
