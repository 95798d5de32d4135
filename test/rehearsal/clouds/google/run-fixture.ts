/** A fake Google Cloud with Cloud Run over the sample application, and the calls that the specs of Cloud Run make. */
import { randomBytes } from "node:crypto";
import { resolve } from "node:path";
import { runRoutes, type RunOptions } from "../../../../rehearsal/clouds/google/run";
import { startFakeGoogle } from "../../../../rehearsal/clouds/google/server";

const MAIN = resolve(__dirname, "../../../../rehearsal/app/main.cjs");
export const LOCATION = "projects/example-project/locations/europe-west1";
export const ACCOUNT = "capanel-api@example-project.iam.gserviceaccount.com";
export const API_IMAGE = "europe-west1-docker.pkg.dev/example-project/capanel/api:1";
export const WEB_IMAGE = "europe-west1-docker.pkg.dev/example-project/capanel/web:1";

/** The fields of answers that the specs read; which of them an answer has depends on the call. */
export interface Answer {
  name: string;
  uri: string;
  urls: string[];
  etag: string;
  labels?: Record<string, string>;
  generation: string;
  observedGeneration: string;
  reconciling?: boolean;
  latestReadyRevision: string;
  latestCreatedRevision: string;
  latestCreatedExecution: { name: string; completionStatus: string };
  succeededCount: number;
  terminalCondition: { type: string; state: string; message?: string };
  conditions: object[];
  revisions: Answer[];
  executions: Answer[];
  done: boolean;
  response: Answer;
  error?: { code: number; message: string; status: string };
}

export async function startRun(options: RunOptions = {}) {
  const token = randomBytes(16).toString("hex");
  const google = await startFakeGoogle({
    project: "example-project",
    region: "europe-west1",
    token,
    services: [
      (ctx) =>
        runRoutes(ctx, {
          images: {
            [API_IMAGE]: { command: [process.execPath, MAIN], env: { APP_MODE: "api" } },
            [WEB_IMAGE]: { command: [process.execPath, MAIN], env: { APP_MODE: "web" } },
          },
          overlapSeconds: 0.3,
          startupDeadlineMs: 20_000,
          ...options,
        }),
    ],
  });

  const call = async (method: string, path: string, body?: unknown) => {
    const response = await fetch(`${google.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    return { status: response.status, body: (await response.json()) as Answer };
  };
  const ok = async (method: string, path: string, body?: unknown): Promise<Answer> => {
    const answer = await call(method, path, body);
    if (answer.status !== 200) throw new Error(`${method} ${path}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  /** Sends a change and waits for its operation. */
  const done = async (method: string, path: string, body?: unknown): Promise<Answer> => {
    let operation = await ok(method, path, body);
    while (operation.done !== true) {
      operation = await ok("POST", `/v2/${operation.name}:wait`, {});
    }
    return operation;
  };
  const grant = (path: string, role: string, member: string, api = "v1") =>
    ok("POST", `/${api}/${path}:setIamPolicy`, {
      policy: { bindings: [{ role, members: [member] }] },
    });

  try {
    await ok("POST", "/v1/projects/example-project/serviceAccounts", { accountId: "capanel-api" });
  } catch (error) {
    await google.stop();
    throw error;
  }
  return {
    google,
    call,
    ok,
    done,
    grant,
    /** Adds a version, and the secret with its grant to the account if it is new; answers the version's number. */
    addSecret: async (id: string, value: string, granted = true) => {
      const secrets = "/v1/projects/example-project/secrets";
      const created = await call("POST", `${secrets}?secretId=${id}`, {
        replication: { automatic: {} },
      });
      if (created.status === 200 && granted) {
        const role = "roles/secretmanager.secretAccessor";
        await grant(`projects/example-project/secrets/${id}`, role, `serviceAccount:${ACCOUNT}`);
      }
      const { name } = await ok("POST", `${secrets}/${id}:addVersion`, {
        payload: { data: Buffer.from(value).toString("base64") },
      });
      return name.split("/").at(-1) ?? "";
    },
    openToAll: (service: string) =>
      grant(`${LOCATION}/services/${service}`, "roles/run.invoker", "allUsers", "v2"),
  };
}

/** Variables of a container: plain ones, and secrets as `[secret, version]`. */
export function env(plain: Record<string, string>, secrets: Record<string, [string, string]>) {
  return [
    ...Object.entries(plain).map(([name, value]) => ({ name, value })),
    ...Object.entries(secrets).map(([name, [secret, version]]) => ({
      name,
      valueSource: { secretKeyRef: { secret, version } },
    })),
  ];
}
