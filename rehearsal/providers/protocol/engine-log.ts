import * as grpc from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";

/** Shows lines to the user, beside the resource that they are about. */
export class EngineLog {
  #client: EngineClient | undefined;
  readonly #pending = new Set<Promise<void>>();

  /** Sets where the engine listens; without an address, lines go to standard error. */
  connect(address: string): void {
    if (address === "") return;
    this.#client = new EngineClient(address, grpc.credentials.createInsecure());
  }

  /** Sends one message; a refusal of the engine (it is shutting down) goes to standard error. */
  info(urn: string, message: string): void {
    const client = this.#client;
    if (!client) {
      process.stderr.write(`${message}\n`);
      return;
    }
    const request = new LogRequest();
    request.setSeverity(LogSeverity.INFO);
    request.setUrn(urn);
    request.setMessage(message);
    const sent = new Promise<void>((resolve) => {
      client.log(request, (error) => {
        if (error) process.stderr.write(`the engine took no log line: ${error.details}\n`);
        resolve();
      });
    });
    this.#pending.add(sent);
    void sent.finally(() => this.#pending.delete(sent));
  }

  /** Resolves when every line so far has arrived, so that none comes after its resource is done. */
  async flush(): Promise<void> {
    await Promise.all(this.#pending);
  }
}
