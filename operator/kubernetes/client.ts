/**
 * A thin client of the Kubernetes API on Node's own HTTP: read, list, server-side apply and delete. The official JavaScript client needs a newer
 * Node than this project runs on. No value and no token ever stands in an error.
 */
import * as http from "node:http";
import * as https from "node:https";
import type { ClusterAccess } from "./kubeconfig";

/** An object as the API gives it. */
export interface KubernetesObject {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace?: string;
    uid?: string;
    generation?: number;
    resourceVersion?: string;
    creationTimestamp?: string;
    deletionTimestamp?: string;
    managedFields?: { manager?: string; operation?: string; time?: string }[];
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
  };
  [field: string]: unknown;
}

/** What names an object. */
export interface ObjectName {
  readonly apiVersion: string;
  /** The plural of its kind, `secrets`. */
  readonly plural: string;
  /** Absent for what belongs to no namespace. */
  readonly namespace?: string | undefined;
  readonly name: string;
}

/** What the API answered when it refused a call. */
export class KubernetesError extends Error {
  constructor(
    /** HTTP status; 0 when no answer came. */
    readonly status: number,
    /** The API's own word, `Conflict` for instance. */
    readonly reason: string,
    message: string,
  ) {
    super(message);
    this.name = "KubernetesError";
  }
}

/** How an object is applied. */
export interface ApplyOptions {
  /** Who owns the fields that it writes. */
  readonly fieldManager: string;
  /** Takes over fields that another manager holds. */
  readonly force?: boolean;
  /** Answers what would be, and changes nothing. */
  readonly dryRun?: boolean;
}

const TIMEOUT_MS = 30_000;

/** A client of one cluster, for one caller. Keeps its connections; {@link KubernetesClient.close} ends them. */
export class KubernetesClient {
  readonly #agent: http.Agent;

  /** `timeoutMs`: how long one call may take; 30,000 unless set. */
  constructor(
    readonly access: ClusterAccess,
    private readonly timeoutMs = TIMEOUT_MS,
  ) {
    this.#agent = access.server.startsWith("https:")
      ? new https.Agent({ keepAlive: true, ca: access.caCert })
      : new http.Agent({ keepAlive: true });
  }

  close(): void {
    this.#agent.destroy();
  }

  /** The object; undefined where there is none. */
  async read(name: ObjectName): Promise<KubernetesObject | undefined> {
    return this.found("GET", pathOf(name));
  }

  /** The objects of a kind in a namespace that carry these labels. */
  async list(
    { apiVersion, plural, namespace }: Omit<ObjectName, "name">,
    labels: Readonly<Record<string, string>> = {},
  ): Promise<KubernetesObject[]> {
    const selector = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
    const query =
      selector.length > 0 ? `?labelSelector=${encodeURIComponent(selector.join(","))}` : "";
    const path = collectionOf({ apiVersion, plural, namespace });
    const answer = await this.call<{ items: KubernetesObject[] }>("GET", path + query);
    return answer.items;
  }

  /** Brings an object to what is given, by server-side apply: made where there is none. */
  apply(name: ObjectName, object: object, options: ApplyOptions): Promise<KubernetesObject> {
    const query = new URLSearchParams({
      fieldManager: options.fieldManager,
      fieldValidation: "Strict",
      ...(options.force === true ? { force: "true" } : {}),
      ...(options.dryRun === true ? { dryRun: "All" } : {}),
    });
    const path = `${pathOf(name)}?${query.toString()}`;
    return this.call("PATCH", path, object, "application/apply-patch+yaml");
  }

  /** Changes named places of an object, as RFC 6902 has it. */
  patch(name: ObjectName, operations: readonly object[]): Promise<KubernetesObject> {
    return this.call("PATCH", pathOf(name), [...operations], "application/json-patch+json");
  }

  /** Makes an object. @throws KubernetesError with the reason `AlreadyExists` where there is one of its name. */
  make(
    name: ObjectName,
    object: object,
    { fieldManager }: Pick<ApplyOptions, "fieldManager">,
  ): Promise<KubernetesObject> {
    const query = new URLSearchParams({ fieldManager, fieldValidation: "Strict" });
    return this.create(`${collectionOf(name)}?${query.toString()}`, object);
  }

  /** Creates an object, or something below one (a token, a review). */
  create<T = KubernetesObject>(path: string, body: object): Promise<T> {
    return this.call("POST", path, body);
  }

  /**
   * Deletes an object and what belongs to it; that it is gone already is fine. It goes at once, what belongs to it afterwards, unless `propagationPolicy`
   * is `Foreground`: then it stays, marked, until all of that is gone.
   */
  async delete(
    name: ObjectName,
    propagationPolicy: "Background" | "Foreground" = "Background",
  ): Promise<void> {
    const body = { apiVersion: "v1", kind: "DeleteOptions", propagationPolicy };
    await this.found("DELETE", pathOf(name), body);
  }

  /** One call. @throws KubernetesError for every answer that is no success. */
  async call<T>(
    method: string,
    path: string,
    body?: object,
    type = "application/json",
  ): Promise<T> {
    const { status, text } = await this.send(method, path, body, type);
    const parsed = parse(text);
    if (status < 300) return parsed as T;
    const { message = "no reason given", reason = "Unknown" } = parsed as Record<string, string>;
    // What the server says of a call that it refuses names the object; what it says when it is overloaded or broken does not.
    const named = status < 500 && status !== 429;
    const call = `Kubernetes: ${method} ${path.split("?")[0]}: ${status} ${reason}: `;
    throw new KubernetesError(status, reason, named ? message : call + message);
  }

  private async found(
    method: string,
    path: string,
    body?: object,
  ): Promise<KubernetesObject | undefined> {
    try {
      return await this.call<KubernetesObject>(method, path, body);
    } catch (error) {
      if (error instanceof KubernetesError && error.status === 404) return undefined;
      throw error;
    }
  }

  private send(
    method: string,
    path: string,
    body: object | undefined,
    type: string,
  ): Promise<{ status: number; text: string }> {
    const payload = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
    const url = new URL(path, this.access.server);
    return new Promise((resolve, reject) => {
      const fail = (error: NodeJS.ErrnoException) => {
        // Node ends a request whose time is over as one that was called off.
        const late = error.name === "TimeoutError" || error.name === "AbortError";
        const why = late ? "no answer in time" : (error.code ?? error.message);
        reject(new KubernetesError(0, "NoAnswer", `Kubernetes: ${method} ${url.pathname}: ${why}`));
      };
      const request = (url.protocol === "https:" ? https : http).request(url, {
        method,
        agent: this.#agent,
        signal: AbortSignal.timeout(this.timeoutMs),
        headers: {
          accept: "application/json",
          authorization: `Bearer ${this.access.token.reveal()}`,
          ...(payload ? { "content-type": type, "content-length": payload.length } : {}),
        },
      });
      request.once("error", fail);
      request.once("response", (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
        response.once("error", fail);
        response.once("end", () => resolve({ status: response.statusCode ?? 0, text }));
      });
      request.end(payload);
    });
  }
}

function collectionOf({ apiVersion, plural, namespace }: Omit<ObjectName, "name">): string {
  const root = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  return `${root}${namespace === undefined ? "" : `/namespaces/${encodeURIComponent(namespace)}`}/${plural}`;
}

function pathOf(name: ObjectName): string {
  return `${collectionOf(name)}/${encodeURIComponent(name.name)}`;
}

function parse(text: string): unknown {
  try {
    return text === "" ? {} : JSON.parse(text);
  } catch {
    // The parser's message would quote the answer, which may hold a value.
    return { message: "the answer is no JSON" };
  }
}
