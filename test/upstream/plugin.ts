import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import * as grpc from "@grpc/grpc-js";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import type { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { close, open } from "../../rehearsal/providers/protocol/responses";
import type { Decoded, Properties } from "../../rehearsal/providers/protocol/values";

/** A resource as a plugin made or found it. */
export interface Made {
  id: string;
  inputs: Struct;
  state: Struct;
}

/** What a call was answered: taken apart, or that it was refused. */
export type Answer<T> = T | "refused";

/** A plugin on Pulumi's protocol, called without an engine, so that the answers of two can be compared call by call. */
export class Plugin {
  private constructor(
    private readonly child: ChildProcess,
    private readonly client: ResourceProviderClient,
  ) {}

  /** Starts the executable, which prints its port, and configures it with nothing. */
  static async start(command: string, args: readonly string[] = []): Promise<Plugin> {
    // The address of an engine, which none of these calls needs.
    const child = spawn(command, [...args, "127.0.0.1:1"], { stdio: ["pipe", "pipe", "ignore"] });
    const [line] = (await Promise.race([once(child.stdout, "data"), ended(child)])) as [Buffer];
    const address = `127.0.0.1:${line.toString().trim()}`;
    const client = new ResourceProviderClient(address, grpc.credentials.createInsecure());
    const plugin = new Plugin(child, client);
    const request = new proto.ConfigureRequest();
    request.setAcceptsecrets(true);
    request.setArgs(bag({}));
    await call((done) => client.configure(request, done));
    return plugin;
  }

  /** Ends the plugin at once; it keeps nothing. */
  async stop(): Promise<void> {
    this.client.close();
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exit = once(this.child, "exit");
    this.child.kill("SIGKILL");
    await exit;
  }

  async create(token: string, inputs: Properties): Promise<Answer<Made>> {
    const checked = await this.check(token, inputs);
    if (checked === "refused") return checked;
    const request = named(new proto.CreateRequest(), token);
    request.setProperties(checked);
    return answered(async () => {
      const live = await call<proto.CreateResponse>((done) => this.client.create(request, done));
      return { id: live.getId(), inputs: checked, state: live.getProperties() ?? bag({}) };
    });
  }

  /** The inputs whose change makes a new resource of the one made; none when it stays as it is. */
  async replaces(token: string, made: Made, inputs: Properties): Promise<Answer<string[]>> {
    const checked = await this.check(token, inputs, made.inputs);
    if (checked === "refused") return checked;
    const request = named(new proto.DiffRequest(), token);
    request.setId(made.id);
    request.setOlds(made.state);
    request.setOldInputs(made.inputs);
    request.setNews(checked);
    return answered(async () => {
      const difference = await call<proto.DiffResponse>((done) => this.client.diff(request, done));
      return difference.getReplacesList().sort();
    });
  }

  /** What an import finds, or a refresh of what was made. */
  async read(token: string, id: string, made?: Made): Promise<Answer<Made>> {
    const request = named(new proto.ReadRequest(), token);
    request.setId(id);
    if (made) request.setProperties(made.state);
    if (made) request.setInputs(made.inputs);
    return answered(async () => {
      const found = await call<proto.ReadResponse>((done) => this.client.read(request, done));
      const [inputs, state] = [found.getInputs(), found.getProperties()];
      return { id: found.getId(), inputs: inputs ?? bag({}), state: state ?? bag({}) };
    });
  }

  private async check(token: string, news: Properties, olds = bag({})): Promise<Answer<Struct>> {
    const request = named(new proto.CheckRequest(), token);
    request.setOlds(olds);
    request.setNews(bag(news));
    return answered(async () => {
      const response = await call<proto.CheckResponse>((done) => this.client.check(request, done));
      const refused = response.getFailuresList().length > 0;
      return refused ? "refused" : (response.getInputs() ?? bag({}));
    });
  }
}

/** The properties of what a plugin made, without what the bridge keeps for itself and the id that it repeats. */
export function properties(struct: Struct): Decoded {
  const { values, secrets } = open(struct);
  const own = Object.entries(values).filter(([key]) => key !== "id" && !key.startsWith("__"));
  return {
    values: Object.fromEntries(own),
    secrets: secrets.filter(([key]) => key !== "id" && !String(key).startsWith("__")),
  };
}

function bag(values: Properties): Struct {
  return close({ values, secrets: [] });
}

function named<
  R extends { setUrn(urn: string): void; setType(type: string): void; setName(name: string): void },
>(request: R, token: string): R {
  request.setUrn(`urn:pulumi:test::example::${token}::x`);
  request.setType(token);
  request.setName("x");
  return request;
}

async function ended(child: ChildProcess): Promise<never> {
  const [code, signal] = (await once(child, "exit")) as [number | null, string | null];
  throw new Error(`the plugin ended before it was ready: ${String(code ?? signal)}`);
}

type Done<T> = (error: grpc.ServiceError | null, response: T) => void;

function call<T>(start: (done: Done<T>) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    start((error, response) => (error ? reject(error) : resolve(response)));
  });
}

/** What a provider says of what it does not take. Any other code is a plugin that crashed, or lacks the call, and no answer. */
const REFUSALS: readonly grpc.status[] = [grpc.status.UNKNOWN, grpc.status.INVALID_ARGUMENT];

async function answered<T>(work: () => Promise<T>): Promise<Answer<T>> {
  try {
    return await work();
  } catch (error) {
    if (!REFUSALS.includes((error as grpc.ServiceError).code)) throw error;
    return "refused";
  }
}
