/** The socket at which the fake docker takes commands: one at a time but for one-off runs, each ended when its caller is gone. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { docker, isOneOff } from "./docker";
import type { Services } from "./services";

/** Listens at `path` (a Unix socket) until the server is closed. */
export async function openDockerSocket(path: string, services: Services): Promise<Server> {
  let before: Promise<unknown> = Promise.resolve();
  const server = createServer((request, response) => {
    const failed = (error: unknown) => {
      process.stderr.write(`fake docker: ${error instanceof Error ? error.name : "failed"}\n`);
      response.destroy();
    };
    const gone = new AbortController();
    // Compose works in its own process: killed in the middle, it leaves a service stopped.
    response.once("close", () => gone.abort());
    readArguments(request).then((args) => {
      const work = () => answer(services, args, gone.signal, response);
      // The next one waits for this one's end, whatever came of it; its own caller was told.
      if (isOneOff(args)) work().catch(failed);
      else before = before.then(work).catch(failed);
    }, failed);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, resolve);
  });
  return server;
}

async function readArguments(request: IncomingMessage): Promise<string[]> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString("utf8")) as string[];
}

async function answer(
  services: Services,
  args: readonly string[],
  gone: AbortSignal,
  response: ServerResponse,
): Promise<void> {
  if (gone.aborted) return;
  response.end(JSON.stringify(await docker(services, args, gone)));
}
