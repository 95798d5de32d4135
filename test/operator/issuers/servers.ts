import { createServer, type RequestListener } from "node:http";

/** A fake issuer on loopback that answers as it is told. */
export interface FakeIssuer {
  readonly url: string;
  stop(): Promise<void>;
}

/** Serves `listener` on any free port. */
export async function fakeIssuer(listener: RequestListener): Promise<FakeIssuer> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port was assigned");
  return {
    url: `http://127.0.0.1:${address.port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Runs `use` with a fake issuer that gives this answer to every request. */
export async function answering<Result>(
  status: number,
  body: unknown,
  use: (url: string) => Promise<Result>,
): Promise<Result> {
  const server = await fakeIssuer((_request, response) => {
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify(body));
  });
  try {
    return await use(server.url);
  } finally {
    await server.stop();
  }
}
