import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** Runs `use` with a server on loopback that takes every request and answers none. */
export async function silentServer(use: (url: string) => Promise<void>): Promise<void> {
  const server = createServer(() => {});
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    await new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
  }
}
