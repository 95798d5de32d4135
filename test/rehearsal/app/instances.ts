/** Processes of the sample applications for tests: started on ports of their own, all gone when `stop` is called. */
import { randomBytes } from "node:crypto";
import { resolve } from "node:path";
import { freePort } from "../../../rehearsal/clouds/postgres";
import { launch, type Child } from "../../../rehearsal/processes";

const MAIN = resolve(__dirname, "../../../rehearsal/app/main.cjs");

export const secret = () => randomBytes(32).toString("base64url");

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON; {} when it is none. */
  readonly body: Readonly<Record<string, unknown>>;
  /** One of the body's fields; what it really is the test finds out. */
  field<T = string>(name: string): T;
}

/** One request; a body that is no text is sent as JSON. */
export async function call(
  url: string,
  {
    method,
    headers = {},
    body,
  }: { method?: string; headers?: Record<string, string>; body?: unknown } = {},
): Promise<Answer> {
  const sent = body === undefined || typeof body === "string" ? body : JSON.stringify(body);
  const response = await fetch(url, {
    method: method ?? (body === undefined ? "GET" : "POST"),
    headers: { "content-type": "application/json", ...headers },
    body: sent,
  });
  const text = await response.text();
  const parsed = (text.startsWith("{") ? JSON.parse(text) : {}) as Record<string, unknown>;
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: parsed,
    field: <T>(name: string) => parsed[name] as T,
  };
}

export function instances() {
  const children: Child[] = [];
  const run = async (env: Record<string, string>): Promise<Child> => {
    const child = await launch({
      name: env["APP_MODE"] ?? "the application",
      command: process.execPath,
      args: [MAIN],
      env: { PATH: process.env["PATH"] ?? "", ...env },
      leash: "wrapped",
    });
    children.push(child);
    return child;
  };
  return {
    /** Starts a job, or a server that a test does not wait for. */
    run,
    /** Runs a job to its end. */
    job: async (env: Record<string, string>) => {
      const child = await run(env);
      const { code } = await child.exit;
      return { code, log: child.tail() };
    },
    /** Starts a server and waits until it is ready. */
    start: async (env: Record<string, string>) => {
      const port = await freePort();
      const url = `http://127.0.0.1:${port}`;
      const child = await run({ ...env, PORT: String(port) });
      await child.ready(async () => (await fetch(`${url}/readyz`)).ok, 30_000);
      return { url, child };
    },
    stop: () => Promise.all(children.map((child) => child.stop())),
  };
}

/** The fields of the last log line with this message. */
export function logged(log: string, message: string): Readonly<Record<string, unknown>> {
  const lines = log.split("\n").filter((line) => line.startsWith("{") && line.endsWith("}"));
  const found = lines
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter((line) => line["message"] === message);
  return found.at(-1) ?? {};
}
