import assert from "node:assert/strict";
import { Client, credentials, Server, ServerCredentials, status } from "@grpc/grpc-js";
import { sdkSettings, useOwnConnections } from "../../engine/channels";
import { unusedPort } from "../support/ports";

describe("engine/channels", () => {
  it("connects to an engine on a port where an earlier one was lost", async () => {
    useOwnConnections();
    const address = `127.0.0.1:${await unusedPort()}`;
    const open = () =>
      new Client(address, credentials.createInsecure(), sdkSettings().grpcClientOptions);
    const earlier = open();
    assert.equal(await codeOf(earlier), status.UNAVAILABLE);
    const server = new Server();
    await new Promise<void>((resolve, reject) =>
      server.bindAsync(address, ServerCredentials.createInsecure(), (error) =>
        error ? reject(error) : resolve(),
      ),
    );
    const later = open();
    try {
      // It has no methods: that it says so proves that the call arrived.
      assert.equal(await codeOf(later), status.UNIMPLEMENTED);
    } finally {
      earlier.close();
      later.close();
      server.forceShutdown();
    }
  });
});

function codeOf(client: Client): Promise<number | undefined> {
  const same = (bytes: Buffer) => bytes;
  return new Promise((resolve) => {
    client.makeUnaryRequest("/example/Call", same, same, Buffer.alloc(0), (error) =>
      resolve(error?.code),
    );
  });
}
