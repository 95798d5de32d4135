import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { ConfigMap } from "@pulumi/pulumi/automation";
import type { KnownResource } from "../../../operator/recovery/state";

/** One request, as a stub of a store's API answers it. */
export interface Asked {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** Runs `use` with a server on loopback that answers as it is told, in JSON. */
export async function stubbed<Result>(
  answer: (asked: Asked) => [status: number, body: unknown],
  use: (url: string) => Promise<Result>,
): Promise<Result> {
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
    request.once("end", () => {
      const { method = "", url: path = "", headers } = request;
      const [status, document] = answer({ method, path, headers, body });
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify(document));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    return await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    await new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
  }
}

/** A resource as a state has it. */
export function resource(
  type: string,
  name: string,
  parts: Partial<KnownResource> = {},
): KnownResource {
  const urn = `urn:pulumi:prod::rekey::${type}::${name}`;
  return { urn, type, inputs: {}, outputs: {}, initErrors: [], ...parts };
}

/** A stack's settings. */
export function config(settings: Readonly<Record<string, string>>): ConfigMap {
  return Object.fromEntries(Object.entries(settings).map(([key, value]) => [key, { value }]));
}

/** A kubeconfig that leads to a server. */
export function kubeconfig(server: string): string {
  return JSON.stringify({
    "current-context": "example",
    clusters: [{ name: "example", cluster: { server } }],
    users: [{ name: "example", user: { token: "example-token" } }],
    contexts: [{ name: "example", context: { cluster: "example", user: "example" } }],
  });
}
