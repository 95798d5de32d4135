import type { SecretText } from "../../components/secret-text";
import { GoogleApiError, redact } from "./errors";
import { poll } from "./operations";
import type { Call, Transport } from "./transport";

/** A user of a Cloud SQL instance. On PostgreSQL it is a role with log-in. */
export interface SqlUser {
  name: string;
  host?: string;
  instance?: string;
  project?: string;
  type?: string;
  databaseRoles?: string[];
  passwordPolicy?: Record<string, unknown>;
  etag?: string;
  iamEmail?: string;
  sqlserverUserDetails?: { disabled?: boolean; serverRoles?: string[] };
}

/** What a write of a user may hold. The password travels wrapped. */
export interface SqlUserWrite {
  name: string;
  host?: string | undefined;
  password?: SecretText | undefined;
  type?: string | undefined;
  databaseRoles?: readonly string[] | undefined;
  passwordPolicy?: Record<string, unknown> | undefined;
}

/** A sqladmin operation; finished when `status` is `DONE`. */
export interface SqlOperation {
  name: string;
  status: string;
  operationType?: string;
  error?: { errors?: { code?: string; message?: string }[] };
}

/** Where a user lives. */
export interface SqlInstance {
  project: string;
  instance: string;
}

// Google runs one change at a time on an instance and refuses the others with this reason.
const BUSY = ["operationInProgress"];

/** Cloud SQL Admin v1beta4: users and operations. Every write waits for its operation to finish. */
export class SqlAdmin {
  constructor(
    private readonly transport: Transport,
    private readonly base: string,
  ) {}

  getInstance(at: SqlInstance): Promise<{ name: string; databaseVersion: string; state?: string }> {
    return this.#send("GET", "instances.get", at, "");
  }

  /** Every user of the instance; passwords are never part of the answer. */
  async listUsers(at: SqlInstance): Promise<SqlUser[]> {
    const answer = await this.#send<{ items?: SqlUser[] }>("GET", "users.list", at, "/users");
    return answer.items ?? [];
  }

  /** The user with this name (and host, where given), or `undefined`. */
  async findUser(at: SqlInstance, name: string, host = ""): Promise<SqlUser | undefined> {
    const users = await this.listUsers(at);
    return users.find((user) => user.name === name && (host === "" || user.host === host));
  }

  /**
   * Creates a user. Careful: for a user that exists Google gives no error but sets the new password, so a
   * name taken by mistake locks its owner out; look with {@link findUser} before.
   */
  async insertUser(at: SqlInstance, user: SqlUserWrite): Promise<void> {
    const body = { ...user, project: at.project, instance: at.instance };
    await this.#change("POST", "users.insert", at, "/users", { body }, user.password);
  }

  /**
   * Changes a user in place. With `databaseRoles` the memberships become exactly those; without, they
   * stay. Sessions that are open keep running under the old password.
   */
  async updateUser(at: SqlInstance, user: SqlUserWrite): Promise<void> {
    const { databaseRoles, ...body } = user;
    const query = {
      name: user.name,
      host: user.host,
      databaseRoles,
      revokeExistingRoles: databaseRoles ? true : undefined,
    };
    const call = { query, body: { ...body, project: at.project, instance: at.instance } };
    await this.#change("PUT", "users.update", at, "/users", call, user.password);
  }

  /** Drops a user. PostgreSQL refuses while the role owns objects; the error then says so. */
  async deleteUser(at: SqlInstance, name: string, host?: string): Promise<void> {
    await this.#change("DELETE", "users.delete", at, "/users", { query: { name, host } });
  }

  /**
   * Waits for an operation; throws {@link GoogleApiError} with the operation's own code if it failed,
   * with `secret` cut out of Google's text.
   */
  async waitFor(
    project: string,
    operation: SqlOperation,
    method: string,
    secret?: SecretText,
  ): Promise<SqlOperation> {
    const resource = `projects/${project}/operations/${operation.name}`;
    const site = { service: "sqladmin", method, resource };
    const finished = await poll(
      this.transport,
      site,
      operation,
      () => this.transport.send({ ...site, verb: "GET", url: `${this.base}${resource}` }),
      (current) => current.status === "DONE",
    );
    const failure = finished.error?.errors?.[0];
    if (failure) {
      const detail = redact(failure.message ?? "", secret ? [secret] : []);
      throw new GoogleApiError(site, 0, failure.code ?? "UNKNOWN", detail);
    }
    return finished;
  }

  async #change(
    verb: Call["verb"],
    method: string,
    at: SqlInstance,
    path: string,
    more: Pick<Call, "query" | "body">,
    secret?: SecretText,
  ): Promise<void> {
    const call = { ...more, retryOn: BUSY };
    const operation = await this.#send<SqlOperation>(verb, method, at, path, call);
    await this.waitFor(at.project, operation, method, secret);
  }

  #send<T>(
    verb: Call["verb"],
    method: string,
    at: SqlInstance,
    path: string,
    more: Pick<Call, "query" | "body" | "retryOn"> = {},
  ): Promise<T> {
    const instance = `projects/${at.project}/instances/${at.instance}`;
    const url = `${this.base}${instance}${path}`;
    const call = { service: "sqladmin", method, resource: `${instance}${path}`, verb, url };
    return this.transport.send<T>({ ...call, ...more });
  }
}
