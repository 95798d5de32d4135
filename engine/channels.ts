import { createRequire } from "node:module";
import type { ClientOptions } from "@grpc/grpc-js";

/** Has grpc-js give a client connections that it shares with no other client, which is not what it does by default. */
const LOCAL_POOL = "grpc.use_local_subchannel_pool";

interface SdkSettings {
  /** Of servers and of some clients. */
  readonly grpcChannelOptions: ClientOptions;
  /** Of the clients of an engine. */
  readonly grpcClientOptions: ClientOptions;
}

/**
 * Lets the SDK open a connection of its own to every engine. By default grpc-js shares connections by address within a process, and
 * every engine listens on a new random port: where an earlier engine had that port, the new client gets the dead connection, in its
 * pause between two tries, and the update fails at once with `14 UNAVAILABLE: No connection established`. A process that runs many
 * updates (an emergency, a rehearsal) meets that sooner or later. Calling it again changes nothing.
 *
 * Both objects are internal to the SDK, whose version is pinned.
 */
export function useOwnConnections(): void {
  const { grpcChannelOptions, grpcClientOptions } = sdkSettings();
  for (const options of [grpcChannelOptions, grpcClientOptions]) options[LOCAL_POOL] = 1;
}

/** The SDK's settings of its own connections. */
export function sdkSettings(): SdkSettings {
  const sdk = createRequire(require.resolve("@pulumi/pulumi"));
  return sdk("./runtime/settings") as SdkSettings;
}
