/** Cloud SQL Admin v1beta4 over REST for one PostgreSQL instance. Passwords are taken and never answered. */
import { z } from "zod";

import type { CloudContext } from "./context";
import { ApiError } from "./errors";
import type { ApiRequest, Route } from "./router";
import { SqlOperations, type SqlAnswers } from "./sql-operations";
import { type PostgresTarget, type SqlDatabase, SqlUsers } from "./sql-users";

const API = "/sql/v1beta4/";
const PROJECT = `${API}projects/{project}`;
const INSTANCE = `${PROJECT}/instances/{instance}`;
const USERS = `${INSTANCE}/users`;

const userBody = z.strictObject({
  kind: z.string().optional(),
  etag: z.string().optional(),
  project: z.string().optional(),
  instance: z.string().optional(),
  name: z.string().optional(),
  host: z.string().optional(),
  password: z.string().optional(),
  type: z.string().optional(),
  databaseRoles: z.array(z.string()).optional(),
  passwordPolicy: z.unknown().optional(),
});
type UserInput = z.output<typeof userBody>;

/** Routes of Cloud SQL Admin. */
export function sqlAdminRoutes(
  ctx: CloudContext,
  target: PostgresTarget,
  answers: SqlAnswers,
): Route[] {
  const api = new SqlAdminApi(ctx, target, answers);
  const on = (
    method: Route["method"],
    path: string,
    permission: string,
    handler: (request: ApiRequest) => unknown,
    more: Pick<Route, "query" | "body"> = {},
  ): Route => ({
    service: "sqladmin",
    method,
    path,
    permission: `cloudsql.${permission}`,
    handler: (request) => {
      ctx.requireProject(request.params["project"] ?? "");
      api.requireInstance(request.params["instance"]);
      return handler(request);
    },
    ...more,
  });
  const which = { query: ["name", "host"] };
  return [
    on("GET", `${PROJECT}/instances`, "instances.list", () => api.instances()),
    on("GET", INSTANCE, "instances.get", () => api.instance()),
    on("GET", USERS, "users.list", () => api.users()),
    on("GET", `${USERS}/{user}`, "users.get", (r) => api.user(r), { query: ["host"] }),
    on("POST", USERS, "users.create", (r) => api.insert(r), { body: userBody }),
    on("PUT", USERS, "users.update", (r) => api.update(r), {
      query: [...which.query, "databaseRoles", "revokeExistingRoles"],
      body: userBody,
    }),
    on("DELETE", USERS, "users.delete", (r) => api.delete(r), which),
    on("GET", `${INSTANCE}/databases`, "databases.list", () => api.databases()),
    on("GET", `${INSTANCE}/databases/{database}`, "databases.get", (r) => api.database(r)),
    on("GET", `${PROJECT}/operations`, "instances.get", () => api.operations(), {
      query: ["instance", "maxResults"],
    }),
    on("GET", `${PROJECT}/operations/{operation}`, "instances.get", (r) =>
      api.operation(r.params["operation"] ?? ""),
    ),
  ];
}

class SqlAdminApi {
  private readonly roles: SqlUsers;
  private readonly running: SqlOperations;

  constructor(
    private readonly ctx: CloudContext,
    private readonly target: PostgresTarget,
    answers: SqlAnswers,
  ) {
    this.roles = new SqlUsers(target);
    const { project } = ctx;
    const { instance } = target;
    this.running = new SqlOperations(
      () => ({ api: `${ctx.url}${API}`, project, instance }),
      answers,
    );
    ctx.onStop(async () => {
      await this.running.settled();
      await this.roles.end();
    });
  }

  requireInstance(instance: string | undefined): void {
    if (instance === undefined || instance === this.target.instance) return;
    throw ApiError.legacy(404, "instanceDoesNotExist", "The Cloud SQL instance does not exist.");
  }

  async instances() {
    return { kind: "sql#instancesList", items: [await this.instance()] };
  }

  async instance() {
    const { project, region, url } = this.ctx;
    const { instance, host } = this.target;
    return {
      kind: "sql#instance",
      name: instance,
      project,
      region,
      state: "RUNNABLE",
      databaseVersion: `POSTGRES_${await this.roles.version()}`,
      backendType: "SECOND_GEN",
      instanceType: "CLOUD_SQL_INSTANCE",
      connectionName: `${project}:${region}:${instance}`,
      ipAddresses: [{ type: "PRIMARY", ipAddress: host }],
      settings: { kind: "sql#settings", tier: "db-f1-micro", activationPolicy: "ALWAYS" },
      selfLink: `${url}${API}projects/${project}/instances/${instance}`,
    };
  }

  async users() {
    const items = (await this.roles.list()).map((name) => this.render(name));
    return { kind: "sql#usersList", ...(items.length > 0 ? { items } : {}) };
  }

  async user({ params, query }: ApiRequest) {
    const name = params["user"] ?? "";
    requireNoHost(query["host"]);
    if ((await this.roles.list()).includes(name)) return this.render(name);
    throw ApiError.legacy(404, "userDoesNotExist", `Not Found: the user ${name} does not exist.`);
  }

  insert({ body, caller }: ApiRequest) {
    const user = this.read(body as UserInput);
    const { password } = user;
    if (password === undefined || password === "") {
      throw badRequest(`a password is required for the built-in user ${user.name}.`);
    }
    return this.running.start("CREATE_USER", emailOf(caller), async () => {
      await this.roles.insert(user.name, { password, roles: user.databaseRoles ?? [] });
      this.ctx.writes.record("sqlUser.insert", `users/${user.name}`);
    });
  }

  /** Roles come from the query alone; those of the body are ignored, as in the real service. */
  update({ query, repeated, body, caller }: ApiRequest) {
    requireNoHost(query["host"]);
    const input = body as UserInput;
    const { name, password } = this.read({ ...input, name: query["name"] ?? input.name });
    const roles = repeated["databaseRoles"];
    return this.running.start("UPDATE_USER", emailOf(caller), async () => {
      await this.roles.update(name, {
        ...(password === undefined || password === "" ? {} : { password }),
        ...(roles ? { roles } : {}),
        revokeOthers: query["revokeExistingRoles"] === "true",
      });
      this.ctx.writes.record("sqlUser.update", `users/${name}`);
    });
  }

  delete({ query, caller }: ApiRequest) {
    requireNoHost(query["host"]);
    const { name } = this.read({ name: query["name"] });
    return this.running.start("DELETE_USER", emailOf(caller), async () => {
      await this.roles.delete(name);
      this.ctx.writes.record("sqlUser.delete", `users/${name}`);
    });
  }

  async databases() {
    const items = (await this.roles.databases()).map((database) => this.renderDatabase(database));
    return { kind: "sql#databasesList", items };
  }

  async database({ params }: ApiRequest) {
    const found = (await this.roles.databases()).find(({ name }) => name === params["database"]);
    if (found) return this.renderDatabase(found);
    throw ApiError.legacy(404, "databaseDoesNotExist", "Not Found: the database does not exist.");
  }

  operations() {
    return { kind: "sql#operationsList", items: this.running.list() };
  }

  operation(name: string) {
    return this.running.get(name);
  }

  /** Checks what PostgreSQL users cannot have, and keeps hands off the administrator that the fake itself uses. */
  private read(input: UserInput | { name: string | undefined }): UserInput & { name: string } {
    const { name, host, type, passwordPolicy } = input as UserInput;
    if (name === undefined || name === "") throw badRequest("the user's name is missing.");
    if (name === this.target.adminUser || name.startsWith("pg_")) {
      throw badRequest(`the user ${name} belongs to the system.`);
    }
    requireNoHost(host);
    if (type !== undefined && type !== "" && type !== "BUILT_IN") {
      throw badRequest(`the fake of Google Cloud serves users of type BUILT_IN, not ${type}.`);
    }
    if (passwordPolicy !== undefined) {
      throw badRequest("the fake of Google Cloud enforces no passwordPolicy; leave it out.");
    }
    return { ...input, name };
  }

  private render(name: string) {
    const { instance } = this.target;
    const { project } = this.ctx;
    const etag = Buffer.from(`${instance}/${name}`).toString("base64");
    return { kind: "sql#user", etag, name, host: "", instance, project, type: "BUILT_IN" };
  }

  private renderDatabase({ name, charset, collation }: SqlDatabase) {
    const { instance } = this.target;
    const { project, url } = this.ctx;
    const selfLink = `${url}${API}projects/${project}/instances/${instance}/databases/${name}`;
    return { kind: "sql#database", name, charset, collation, instance, project, selfLink };
  }
}

function requireNoHost(host: string | undefined): void {
  if (host !== undefined && host !== "") {
    throw badRequest("the field 'host' is for MySQL instances only; leave it out.");
  }
}

function emailOf({ member }: ApiRequest["caller"]): string {
  return member.replace(/^\w+:/, "");
}

function badRequest(problem: string): ApiError {
  return ApiError.legacy(400, "invalid", `Invalid request: ${problem}`);
}
