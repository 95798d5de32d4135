import * as grpc from "@grpc/grpc-js";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import type { Provider } from "./resource";
import { providerService } from "./service";

const PARENT_CHECK_MS = 250;
// Given to the last answer, once no call is under way, before the process exits come what may.
const FAREWELL_MS = 1_000;
const MAX_MESSAGE_BYTES = 400 * 1024 * 1024;

/**
 * Serves a provider to the engine that started this process: listens on loopback and prints the port as
 * the first line. It outlives no engine: once standard input ends, the parent is gone or a signal comes,
 * it finishes the calls under way, as a real provider may, and exits.
 */
export async function serve<Client>(provider: Provider<Client>): Promise<void> {
  let calls = 0;
  let ending = false;
  const exitWhenIdle = () => {
    if (ending && calls === 0) setTimeout(() => process.exit(0), FAREWELL_MS);
  };
  const end = () => {
    if (ending) return;
    ending = true;
    server.tryShutdown(() => process.exit(0));
    exitWhenIdle();
  };
  const server = new grpc.Server({ "grpc.max_receive_message_length": MAX_MESSAGE_BYTES });
  const service = providerService(provider, {
    begin: () => calls++,
    end: () => {
      calls--;
      exitWhenIdle();
    },
  });
  server.addService(
    ResourceProviderService,
    service as unknown as grpc.UntypedServiceImplementation,
  );
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });

  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) end();
  }, PARENT_CHECK_MS);
  process.stdin.on("end", end).on("close", end).on("error", end).resume();
  process.on("SIGINT", end).on("SIGTERM", end);
  // A reader that is gone must not end a call that is under way.
  process.stdout.on("error", end);
  process.stdout.write(`${port}\n`);
}
